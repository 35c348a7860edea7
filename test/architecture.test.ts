/** Reads the sources: which imports which, what pure code must not touch, and that no name of a stack is in the code. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spatialvortex } from './support.ts';

const root = new URL('../src/', import.meta.url);
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .sort();

/** A source without its comments. A `//` in a string stays: it follows a quote, a colon or a star. */
function codeOf(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[\s;{},)])\/\/.*$/gm, '$1');
}

/** From left to right; imports point left only. A folder or a file at the top of `src`; `import type` counts too. */
const ORDER: readonly string[] = [
  'errors',
  'units',
  'gather',
  'formats',
  'deliveries',
  'hardware',
  'platforms',
  'formula',
  'policy',
  'stack',
  'plan',
  'manifests',
  'targets',
  'files',
  'requests',
  'synth',
  'verify',
  'constructs',
  'cli',
  'index',
  'bin',
  'vitest',
];
const stageOf = (path: string) => path.split('/')[0]!.replace(/\.ts$/, '');
const rankOf = (path: string) => ORDER.indexOf(stageOf(path));

/** What a file imports, statically or not. */
function importsOf(path: string): string[] {
  const code = codeOf(path);
  return [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((match) => match[1]!);
}
const internal = (path: string, specifier: string) => posix.join(posix.dirname(path), specifier);

describe('imports', () => {
  it('are found', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf('formula/parse.ts')).toEqual([
      '@marcbachmann/cel-js',
      '../errors/errors.ts',
      '../errors/nearest.ts',
      '../units.ts',
      './expr.ts',
      './habits.ts',
    ]);
    expect(importsOf('files/library.ts')).toContain('./parse.ts'); // not static
  });

  it('every file has its place in the order', () => {
    expect(files.filter((path) => rankOf(path) < 0)).toEqual([]);
  });

  it('point left only', () => {
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => internal(path, specifier))
        .filter((target) => target.endsWith('.ts'))
        .filter((target) => stageOf(target) !== stageOf(path) && rankOf(target) > rankOf(path))
        .map((target) => `${path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('no file is longer than 400 lines', () => {
    const linesOf = (path: string) => readFileSync(new URL(path, root), 'utf8').split('\n').length - 1;
    expect(files.filter((path) => linesOf(path) > 400)).toEqual([]);
  });

  it('name files that are there, with their ending', () => {
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => /^\.\.?\/.*(?<!\.hbs)$/.test(specifier))
        .filter((specifier) => !files.includes(internal(path, specifier)))
        .map((specifier) => `${path} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('make no circle', () => {
    const graph = new Map(
      files.map((path) => [
        path,
        importsOf(path)
          .map((specifier) => internal(path, specifier))
          .filter((target) => files.includes(target)),
      ]),
    );
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      if (done.has(path)) return;
      for (const target of graph.get(path)!) visit(target, [...trail, path]);
      done.add(path);
    };
    const done = new Set<string>();
    for (const path of files) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('of heavy modules: only where a user’s own file is read', () => {
    const users = (name: string) => files.filter((path) => importsOf(path).includes(name));
    expect(users('@marcbachmann/cel-js')).toEqual(['formula/parse.ts']);
    expect(users('yaml')).toEqual(['files/document.ts']);
    // Nothing on the way from a command to a plan of built-in data leads to them but the one lazy import.
    const lazy = new Set(['files/parse.ts', 'files/document.ts', 'formula/parse.ts']);
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const code = codeOf(path);
      for (const match of code.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s*'(\.[^']+\.ts)'/gm)) {
        const target = internal(path, match[1]!);
        if (files.includes(target)) visit(target);
      }
    };
    visit('bin.ts');
    expect([...reached].filter((path) => lazy.has(path) || importsOf(path).includes('zod'))).toEqual([]);
  });
});

describe('what reaches the outside', () => {
  /** The built-in modules of Node.js that a file may import. */
  const ALLOWED: Record<string, readonly string[]> = {
    'files/node-files.ts': ['node:fs', 'node:path'],
    'files/regular-file.ts': ['node:fs'],
    'files/output.ts': ['node:fs', 'node:path'],
    'files/write-file.ts': ['node:fs', 'node:path'],
    'files/lock.ts': ['node:fs', 'node:os', 'node:path'],
    'cli/io.ts': ['node:path'],
    'verify/config-get.ts': ['node:net', 'node:tls'],
    'verify/pg-socket.ts': ['node:net', 'node:stream', 'node:tls'],
    'files/installed.ts': ['node:url'],
    'constructs/pulumi/kubernetes.ts': ['node:module'], // a heavy package, only where it is used
    'vitest/index.ts': ['node:path'],
    'vitest/golden.ts': ['node:fs', 'node:path'],
    'bin.ts': ['node:fs', 'node:path'],
  };
  const builtIn = /^(node:|(fs|path|os|crypto|url|util|child_process|http|https|net|dns|process|worker_threads)(\/|$))/;

  it('is imported by few', () => {
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => builtIn.test(specifier) && !ALLOWED[path]?.includes(specifier))
        .map((specifier) => `${path} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    {
      what: 'process',
      pattern: /\bprocess\s*[.[]/,
      except: ['bin.ts', 'files/hashes.ts', 'files/installed.ts', 'files/lock.ts', 'vitest/index.ts'],
    },
    { what: 'the clock', pattern: /\bDate\b|\bperformance\b|\bsetTimeout\b|\bsetInterval\b/, except: [] },
    { what: 'chance', pattern: /\bMath\.random\b|\bcrypto\.|\brandomUUID\b/, except: [] },
    { what: 'the console', pattern: /\bconsole\b/, except: [] },
    { what: 'the network', pattern: /\bfetch\s*\(|\bWebSocket\b|\bXMLHttpRequest\b/, except: ['verify/prometheus.ts'] },
    { what: 'code made from text', pattern: /\beval\s*\(|\bnew Function\b/, except: [] },
    { what: 'the locale', pattern: /\btoLocale\w*\(|\blocaleCompare\(|\bIntl\b/, except: [] },
  ] as { what: string; pattern: RegExp; except: string[] }[])('$what', ({ pattern, except }) => {
    expect(files.filter((path) => pattern.test(codeOf(path)) && !except.includes(path))).toEqual([]);
  });
});

describe('names from outside', () => {
  it('are looked up in maps that have nothing else: not in {}, which has a constructor', () => {
    expect(files.filter((path) => /: (Readonly<)?Record<string, [^=;]*> = \{\};/.test(codeOf(path)))).toEqual([]);
  });
});

describe('numbers', () => {
  it('are whole: no parseFloat, no toFixed', () => {
    const left = files.filter((path) => rankOf(path) <= ORDER.indexOf('plan'));
    expect(left.filter((path) => /\bparseFloat\b|\.toFixed\(|\.toPrecision\(/.test(codeOf(path)))).toEqual([]);
  });
});

describe('no name of a stack is in the code', () => {
  const { stack, policies } = spatialvortex;
  const all = Object.values(policies);
  const parameters = all.flatMap((policy) => policy.parameters.flatMap(({ name, key }) => [name, key]));
  const settings = all.flatMap((policy) => policy.settings.map(({ key }) => key));
  const secrets = all.flatMap((policy) => policy.secrets.map(({ name }) => name));
  const services = stack.services.flatMap(({ name, policy }) => [name, policy]);

  /** What a person reads as an example of how to type it, and the stack that is meant without `--stack`. */
  const EXAMPLES = [
    'pins and bounds from the environment: ACTIX_WORKERS=24, ACTIX_WORKERS_MAX=32',
    'the value: api.ONNX_POOL_SIZE',
    '(default: spatialvortex)',
    "DEFAULT_STACK = 'spatialvortex'",
    "wanted ?? 'spatialvortex'",
    'the name in formulas: io-threads',
    'a unit such as api.service',
    "import('postgres')", // the client's library
    "'postgresql', 'postgres'", // schemes of addresses
    "'redis', 'rediss'",
    'flags.redis ??',
    'flags.postgres ??',
    '/api/v1/query', // of Prometheus
  ];
  /** And the tables of examples that a command's help ends with. */
  const withoutExamples = (path: string) =>
    EXAMPLES.reduce(
      (code, example) => code.replaceAll(example, ''),
      codeOf(path).replace(/EXAMPLES: Examples = \[\n.*?\n\];/gs, ''),
    );

  it.each([...new Set([...parameters, ...settings, ...secrets])])('%s', (name) => {
    const whole = new RegExp(`(?<![\\w-])${name.replace(/[.*+?^${'{'}}()|[\]\\]/g, '\\$&')}(?![\\w-])`);
    expect(files.filter((path) => whole.test(withoutExamples(path)))).toEqual([]);
  });

  it.each([...new Set([...services, 'spatialvortex', 'spatialvortex-config'])])('%s', (name) => {
    const whole = new RegExp(`['"\`/. ]${name}['"\`/. =]`);
    expect(files.filter((path) => whole.test(withoutExamples(path)))).toEqual([]);
  });
});

describe('the built program', () => {
  const dist = new URL('../dist/', import.meta.url);
  const chunks = readdirSync(dist).filter((name) => name.endsWith('.js'));

  it('loads schemas and parsers only for files of the user', () => {
    const heavy = chunks.filter((name) =>
      /^import .*from "(zod|yaml|@marcbachmann\/cel-js)"/m.test(readFileSync(new URL(name, dist), 'utf8')),
    );
    expect(heavy).toEqual([expect.stringMatching(/^parse-/)]);
  });

  it('loads what renders only for commands that render', () => {
    const textOf = (name: string) => readFileSync(new URL(name, dist), 'utf8');
    const loadedWith = (name: string, found = new Set<string>()): Set<string> => {
      if (found.has(name)) return found;
      found.add(name);
      for (const [, other] of textOf(name).matchAll(/^import (?:.*from )?"\.\/(.+)";/gm)) loadedWith(other!, found);
      return found;
    };
    const renders = chunks.filter((name) => textOf(name).includes('apiVersion: "apps/v1"'));
    expect(renders).toEqual([expect.stringMatching(/^kubernetes-/)]);
    for (const first of ['bin.js', ...chunks.filter((name) => /^(core|parse)-/.test(name))])
      expect([...loadedWith(first)].filter((name) => renders.includes(name))).toEqual([]);
  });

  it('loads few files, and of the targets those that are asked for', () => {
    const hook = `export async function load(url, context, next) {
      process._rawDebug(url);
      return next(url, context);
    }`;
    const register = `import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
    const { stderr, status } = spawnSync(
      process.execPath,
      [
        ...['--import', `data:text/javascript,${encodeURIComponent(register)}`, fileURLToPath(new URL('bin.js', dist))],
        ...['synth', '--limits', '4cpu-8gi', '--stack', 'spatialvortex', '--target', 'compose', '-o', '-'],
      ],
      { encoding: 'utf8', cwd: fileURLToPath(new URL('..', dist)) },
    );
    const loaded = [...stderr.matchAll(/^file:.*\/dist\/(\S+)$/gm)].map(([, name]) => name!);
    expect(status, stderr).toBe(0);
    expect(loaded).toContainEqual(expect.stringMatching(/^host-/));
    expect(loaded.filter((name) => /^(kubernetes|spanning|ecs|cloud-run|monitoring|parse)-/.test(name))).toEqual([]);
    expect(loaded.length).toBeLessThanOrEqual(9); // each costs about a millisecond
  });
});
