import { defineConfig } from 'tsdown';
import { commanderPlugin } from './scripts/commander-plugin.ts';
import { handlebarsPlugin } from './scripts/handlebars-plugin.ts';
import { peersPlugin } from './scripts/peers-plugin.ts';

/** What every plan from the package's own data takes: no schema, no parser, no renderer. */
const CORE =
  /src\/(errors\/(?!codes).*|deliveries\/(delivery|syntax)|formats\/(data|kinds|one-line|template)|targets\/shell-text|units|gather|hardware\/(family|container|profile)|platforms\/(?!schema).*|formula\/(expr|evaluate|range|polarity|solve)|policy\/(policy|compile-inputs)|stack\/(stack|autoscale)|plan\/(plan|sums|allocate\/.*|decide\/(?!held|.*schema).*)|files\/(hashes|installed|library|node-files|regular-file)|requests\/(hardware|inputs|options|request|plans))\.ts$/;

/** What every target takes beyond the core. */
const SYNTH =
  /src\/(targets\/((?!shell-text)[^/]*|entrypoint\/(index|variables)|env\/text|docker\/read|[^/]*\/about)|formats\/(?!data|kinds|one-line|template).*|deliveries\/(?!delivery|syntax).*|synth|plan\/(check|decide\/held)|files\/(lock|output|recorded|write-file))\.ts$|node_modules\/@noble/;

/** Targets that are asked for together or stand on each other, and the script that several write. */
const SCRIPT = /src\/(targets\/entrypoint\/|formula\/sh)|templates\/entrypoint|node_modules\/handlebars/;
const HOST = /src\/targets\/(env|docker|compose)\/|templates\/(?!terraform|pulumi)/;
const KUBERNETES = /src\/targets\/kubernetes\//;
const SPANNING =
  /src\/(targets\/(kustomize|helm|terraform(?!\/fargate)|terraform-module|pulumi)\/|formula\/(hcl|go-template))|templates\/(terraform|pulumi)/;

/** What others import. */
const LIBRARY = {
  index: 'src/index.ts',
  cdktf: 'src/constructs/cdktf/index.ts',
  pulumi: 'src/constructs/pulumi/index.ts',
  vitest: 'src/vitest/index.ts',
};

const shared = { format: 'esm', platform: 'node', target: 'node20', fixedExtension: false, clean: true } as const;

export default defineConfig([
  {
    ...shared,
    entry: { bin: 'src/bin.ts', ...LIBRARY },
    outDir: 'dist',
    dts: false,
    deps: { onlyBundle: ['@noble/hashes', 'commander', 'diff', 'handlebars', 'postgres'] },
    plugins: [commanderPlugin(), handlebarsPlugin(), peersPlugin()],
    // Few chunks, because each costs about a millisecond at start.
    outputOptions: {
      comments: { legal: true, annotation: false, jsdoc: false },
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [
          { name: 'core', test: CORE },
          { name: 'synth', test: SYNTH },
          { name: 'entrypoint', test: SCRIPT },
          { name: 'host', test: HOST },
          { name: 'kubernetes', test: KUBERNETES },
          { name: 'spanning', test: SPANNING },
        ],
      },
    },
  },
  {
    ...shared,
    clean: false,
    entry: LIBRARY,
    outDir: 'dist',
    dts: { emitDtsOnly: true },
  },
  {
    ...shared,
    entry: { 'build-data': 'scripts/build-data.ts', 'catalogue-check': 'scripts/catalogue-check.ts' },
    outDir: '.build',
    dts: false,
  },
]);
