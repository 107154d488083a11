import { defineConfig } from 'vitest/config';

/** What is about SQLite's file: its lock, and a disk that is full. */
const sqliteAlone = ['test/database/{data-folder-lock,storage-watch,storage-fault}.test.ts', 'test/flow/storage.test.ts'];

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
          exclude: sqliteAlone,
          globalSetup: ['test/support/build.ts', 'test/support/start-postgres.ts'],
          env: { TEST_DATABASE: 'postgres' },
        },
      },
    ],
  },
});
