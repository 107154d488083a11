import { describe, expect, it } from 'vitest';
import { negotiate, StaticFiles } from '../../src/api/static-files.js';

describe('the encoding of a file', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, *;q=0.5', 'gzip'],
    ['gzip;q=0.1, br;q=0.001', 'br'],
    ['*;q=0', 'identity'],
    ['deflate', 'identity'],
    ['identity', 'identity'],
    ['brotli', 'identity'],
    ['br;q=x', 'identity'],
    ['', 'identity'],
    [undefined, 'identity'],
  ])('for a client that takes %s is %s', (accepted, expected) => {
    expect(negotiate(accepted).name).toBe(expected);
  });
});

it('a folder that was not built is told so, and what to do', () => {
  expect(() => StaticFiles.open('/nowhere')).toThrow(
    `GraphiQL's page is not in /nowhere: expected it there from "npm run build", or GRAPHIQL=false.`,
  );
});
