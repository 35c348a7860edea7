/** The core, bundled for a browser, in a context that has the language and UTF-8 as a browser has it, and nothing else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'tsdown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handlebarsPlugin } from '../../scripts/handlebars-plugin.ts';
import { DEMO_POLICY, DEMO_STACK } from '../samples.ts';
import { files } from './core.ts';

const folder = mkdtempSync(join(tmpdir(), 'sizewright-browser-'));
afterAll(() => rmSync(folder, { recursive: true }));

let bundle: string;
beforeAll(async () => {
  await build({
    config: false,
    entry: { core: join(import.meta.dirname, 'core.ts') },
    outDir: folder,
    format: 'iife',
    globalName: 'core',
    platform: 'browser',
    target: 'es2023',
    dts: false,
    logLevel: 'error',
    deps: { alwaysBundle: [/.*/], onlyBundle: false },
    plugins: [handlebarsPlugin()],
  });
  bundle = readFileSync(join(folder, 'core.iife.js'), 'utf8');
}, 60_000);

describe('the core in a browser', () => {
  it('has no module of Node.js in it', () => {
    expect(bundle.match(/\bnode:\w+|\brequire\(["'][^"']+["']\)/g)).toBeNull();
  });

  it.each(['host', 'kubernetes', 'ecs', 'fargate', 'cloud-run'])(
    'says the same there as here: %s',
    async (platform) => {
      const profile = { kind: 'container', name: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 } as const;
      const here = await files(DEMO_POLICY, DEMO_STACK, profile, platform);
      const context = createContext({ TextEncoder, TextDecoder }, { codeGeneration: { strings: false, wasm: false } });
      runInContext(bundle, context);
      const there = await runInContext(
        `core.files(${[DEMO_POLICY, DEMO_STACK, profile, platform].map((one) => JSON.stringify(one)).join(', ')})`,
        context,
      );
      expect(there).toBe(here);
      expect(JSON.parse(here)).toMatchObject({ wrong: [] });
    },
  );
});
