import { defineConfig } from 'vitest/config';
import config from './vitest.config.js';

/** The tests behind a transaction pooler (`npm run test:pooler`): they need a PgBouncer, so the others do without them. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: ['test/pooler/**/*.pooler.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/start-postgres.ts'],
    env: { TEST_DATABASE: 'postgres' },
    testTimeout: 60_000,
  },
});
