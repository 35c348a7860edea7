import { defineConfig } from 'vitest/config';
import { handlebarsPlugin } from './scripts/handlebars-plugin.ts';

export default defineConfig({
  plugins: [handlebarsPlugin()],
  test: { include: ['test/**/*.test.ts'], exclude: ['test/integration/**'] },
});
