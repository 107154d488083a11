import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** The tests that drive a real browser (`npm run test:browser`): they need a Chromium, so the others do without them. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 60_000,
  },
});
