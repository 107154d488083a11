import { KeptConnections } from '../wire/kept-connections.js';

/** Hookgraph's API over HTTP, as a client uses it that keeps its connections. */
export interface ApiClient extends AsyncDisposable {
  /** Answers with the data of an operation; throws where there are errors. */
  ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data>;
}

/** More than the server answers at once by far; what waits for a connection is late all the same, since lateness counts from the due instant. */
const CONNECTION_LIMIT = 128;

export function createApiClient(url: string, key: string): ApiClient {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const connections = new KeptConnections({ url, path: '/graphql', headers, limit: CONNECTION_LIMIT });
  return {
    async ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
      const { status, body } = await connections.post(JSON.stringify({ query, variables }));
      if (!body.startsWith('{')) throw new Error(`The server answered ${status}: ${body}`);
      const { data, errors } = JSON.parse(body) as { data?: Data | null; errors?: Array<{ message: string }> };
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
      return data!;
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
