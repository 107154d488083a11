import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** Each scenario of the benchmark from start to end, with as little as there can be (`npm run test:bench`): a minute of processes. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ['test/bench/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 120_000,
  },
});
