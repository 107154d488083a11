import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** The tests behind reverse proxies (`npm run test:proxy`): they need nginx and Caddy, so the others do without them. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ['test/proxy/**/*.proxy.ts'],
    globalSetup: ['test/support/build.ts'],
  },
});
