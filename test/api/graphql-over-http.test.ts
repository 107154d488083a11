import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** Shows the key, and the header by which Apollo knows that no page of another site made the request. */
function askAsAdmin(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${ADMIN_KEY}`, 'apollo-require-preflight': 'yes' };
  return fetch(url, { ...init, headers });
}

describe('GraphQL over HTTP', () => {
  it.each(serverAudits({ url: () => `${server.url}/graphql`, fetchFn: askAsAdmin }).map((audit) => [audit.name, audit] as const))(
    'is as its specification says: %s',
    async (_, audit) => {
      const result = await audit.fn();

      // What it should and may be is left to servers; what it must be is an error.
      expect(result.status === 'error' ? result.reason : undefined).toBeUndefined();
    },
  );
});
