import { defineConfig } from 'vitest/config';
import { handlebarsPlugin } from './scripts/handlebars-plugin.ts';

export default defineConfig({
  plugins: [handlebarsPlugin()],
  // Property tests take seconds, and many times that where other work keeps the cores busy.
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{integration,providers}/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
