import { defineConfig } from 'vitest/config';

export default defineConfig({
  // One copy of graphql for the tests and for the libraries they load ("from another module or realm").
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['reflect-metadata'],
    testTimeout: 20_000,
  },
});
