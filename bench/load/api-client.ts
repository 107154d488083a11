import { Pool } from 'undici';

/** Hookgraph's API over HTTP, as a client uses it that keeps its connections. */
export interface ApiClient extends AsyncDisposable {
  /** Answers with the data of an operation; throws where there are errors. */
  ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data>;
}

/** More than the server answers at once by far; what waits for a connection is late all the same, since lateness counts from the due instant. */
const CONNECTION_LIMIT = 128;

/** Keeps a connection longer than any pause of a run. */
const KEEP_ALIVE_MS = 60_000;

export function createApiClient(url: string, key: string): ApiClient {
  const pool = new Pool(url, { connections: CONNECTION_LIMIT, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return {
    async ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
      const { body } = await pool.request({ path: '/graphql', method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      const { data, errors } = (await body.json()) as { data?: Data | null; errors?: Array<{ message: string }> };
      if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
      return data!;
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
