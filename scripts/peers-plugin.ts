/**
 * Lets the sources of a subpath import its optional peers as any other package: `import { Construct } from 'constructs'`.
 *
 * Node resolves the imports of a module before any of its code runs, so that an absent peer would end in
 * ERR_MODULE_NOT_FOUND with a path of this package. The built file loads peers through `require` instead, which says
 * what to install, and which keeps the file free of top-level await: CommonJS programs can `require` it.
 * A package that is CommonJS itself is the same instance either way.
 */

/** The peers that each subpath needs, all of them CommonJS. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'sizewright/cdktf': ['cdktf', 'constructs'],
  'sizewright/pulumi': ['@pulumi/pulumi', '@pulumi/kubernetes'],
};

const PREFIX = '\0peer:';

/** For tsdown. */
export function peersPlugin() {
  return {
    name: 'peers',
    resolveId: {
      order: 'pre' as const,
      handler(source: string, importer: string | undefined) {
        const isImport = importer !== undefined && !importer.startsWith(PREFIX) && !/\.d\.[cm]?ts$/.test(importer);
        return isImport && subpathOf(source) !== undefined ? PREFIX + source : undefined;
      },
    },
    load(id: string) {
      return id.startsWith(PREFIX) ? { code: loading(id.slice(PREFIX.length)), moduleType: 'js' as const } : undefined;
    },
  };
}

function subpathOf(source: string): string | undefined {
  const isPart = (name: string) => source === name || source.startsWith(`${name}/`);
  return Object.keys(NEEDED).find((subpath) => NEEDED[subpath]!.some(isPart));
}

/** A CommonJS module that is the peer, or says what to install. Only the peer's own absence is said so. */
function loading(source: string): string {
  const subpath = subpathOf(source)!;
  const names = NEEDED[subpath]!;
  const message = `${subpath} needs the packages ${names.join(' and ')}: npm install ${names.join(' ')}`;
  return `try {
  module.exports = require(${JSON.stringify(source)});
} catch (cause) {
  if (cause.code !== 'MODULE_NOT_FOUND' || !cause.message.includes(${JSON.stringify(`'${source}'`)})) throw cause;
  throw Object.assign(new Error(${JSON.stringify(message)}, { cause }), { code: cause.code });
}
`;
}
