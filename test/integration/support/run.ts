/** Runs a program, not through a shell. */
import { execFile } from 'node:child_process';

interface RunOptions {
  cwd?: string;
  /** Added to this process's environment; `undefined` takes a variable out. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What the program reads on its standard input. */
  input?: string;
}

/**
 * What the program wrote to its standard output.
 *
 * @throws When it ends with anything but 0: the command line and all that it printed.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { cwd: options.cwd, env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error([`${command} ${args.join(' ')}: ${ending(error)}`, stdout, stderr].join('\n')));
      },
    );
    child.stdin?.on('error', () => {}); // the program may end before it has read all of its input
    child.stdin?.end(options.input);
  });
}

/** How it ended: never started, by a signal, or with which status. */
function ending(error: { code?: string | number | null; signal?: string | null }): string {
  if (typeof error.code === 'string') return error.code;
  return error.signal ? `ended by ${error.signal}` : `exit status ${error.code}`;
}
