import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** What callers run, as processes (`npm run test:outside`): it takes what the machine has of curl, Java and Python, so the other tests do without it. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ['test/outside/*.outside.ts'],
    globalSetup: ['test/support/build.ts', 'test/outside/install-python-client.ts'],
    testTimeout: 120_000,
  },
});
