import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { useMemoryFolder } from './test/support/use-memory-folder.js';

useMemoryFolder();

/** What is about SQLite: its file, with its lock and a disk that is full, its migrations, and how it does a statement. */
const sqliteAlone = [
  'test/database/{damage-check,damaged-file,data-folder-lock,lost-database,migrations,query-plans,storage-watch,storage-fault}.test.ts',
  'test/database/lists/**',
  'test/flow/storage.test.ts',
];

/** What is about servers that share a database. */
const postgresAlone = ['test/lead/**', 'test/flow/several-servers/**'];

/** Whole runs of the benchmark are by themselves: vitest.bench.config.ts. */
const benchRuns = 'test/bench/*.test.ts';

/** Tests of pure functions are run once; those that have a database, by what they import, once on each. */
const withDatabase = globSync(
  'test/{api,api-keys,audit,configure,database,dispatch,flow,fuzz,lead,publish,record,seal,watch}/**/*.test.ts',
).filter((file) =>
  /\/(?:database|server|server-process|server-parts|server-database|start-platform|postgres|world|fleet|start-retention|retention-rows)\.js'/.test(
    readFileSync(file, 'utf8'),
  ),
);

export default defineConfig({
  // One copy of graphql for the tests and for the libraries they load ("from another module or realm").
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    setupFiles: ['reflect-metadata'],
    testTimeout: 20_000,
    // The files of a worker share its modules: to load the server anew for each of them takes longer than most of their tests.
    isolate: false,
    maxWorkers: '100%',
    // Of tests that are concurrent, most start processes: more at once would only wait for each other.
    maxConcurrency: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['test/**/*.test.ts'],
          exclude: [...postgresAlone, benchRuns],
          globalSetup: ['test/support/build.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: withDatabase,
          exclude: sqliteAlone,
          globalSetup: ['test/support/build.ts', 'test/support/start-postgres.ts'],
          env: { TEST_DATABASE: 'postgres' },
        },
      },
    ],
  },
});
