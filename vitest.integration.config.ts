import { defineConfig } from 'vitest/config';
import { handlebarsPlugin } from './scripts/handlebars-plugin.ts';

export default defineConfig({
  plugins: [handlebarsPlugin()],
  test: {
    include: ['test/integration/**/*.test.ts'],
    globalSetup: 'test/integration/support/global-setup.ts',
    // The files share one Docker engine and two cores: side by side they would only wait for each other.
    fileParallelism: false,
    testTimeout: 5 * 60_000,
    hookTimeout: 30 * 60_000, // the first run builds Kubernetes
    teardownTimeout: 2 * 60_000,
  },
});
