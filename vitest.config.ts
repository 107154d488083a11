import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql for the tests and for the libraries they load ("from another module or realm").
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['reflect-metadata'],
    testTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lead/**', 'test/flow/several-servers/**'],
          globalSetup: ['test/support/build.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/{api,configure,database,dispatch,flow,lead,publish,record,watch}/**/*.test.ts'],
          globalSetup: ['test/support/build.ts', 'test/support/start-postgres.ts'],
          env: { TEST_DATABASE: 'postgres' },
        },
      },
    ],
  },
});
