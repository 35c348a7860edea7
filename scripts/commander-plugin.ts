/**
 * Keeps `node:child_process` out of every start, 2 ms of it: commander loads it for subcommands that are programs of
 * their own, and there are none.
 */
export function commanderPlugin() {
  return {
    name: 'commander',
    transform(code: string, id: string) {
      if (!/commander[\\/]lib[\\/]command\.js$/.test(id)) return undefined;
      const text = "const childProcess = require('node:child_process');";
      if (!code.includes(text)) throw new Error(`expected ${text} in ${id}, got none; see scripts/commander-plugin.ts`);
      return code.replace(text, '');
    },
  };
}
