import { defineConfig } from 'tsdown';

const shared = { format: 'esm', platform: 'node', target: 'node20', fixedExtension: false, clean: true } as const;

export default defineConfig([
  { ...shared, entry: { bin: 'src/bin.ts', index: 'src/index.ts' }, outDir: 'dist', dts: { entry: 'src/index.ts' } },
  { ...shared, entry: { 'build-data': 'scripts/build-data.ts' }, outDir: '.build', dts: false },
]);
