import { defineConfig } from 'vitest/config';
import { handlebarsPlugin } from './scripts/handlebars-plugin.ts';

/** What needs programs that no package registry has: it runs only where it is asked for by name. */
export default defineConfig({
  plugins: [handlebarsPlugin()],
  test: {
    include: ['test/providers/**/*.test.ts'],
    globalSetup: 'test/providers/global-setup.ts',
    testTimeout: 3 * 60_000,
    hookTimeout: 30 * 60_000, // the first run builds Kubernetes
  },
});
