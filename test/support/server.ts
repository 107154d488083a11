import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Clock } from '../../src/clock.js';
import type { Config } from '../../src/config.js';
import { readConfig } from '../../src/config.js';
import { createLog, type Log } from '../../src/log.js';
import { type Random, systemRandom } from '../../src/random.js';
import { startServer } from '../../src/server.js';
import { PAGE_DIR } from './build.js';
import { ManualClock } from './manual-clock.js';
import { type Notices, readNotices } from './notices.js';
import { databaseFor, dropDatabaseOf, onPostgres } from './postgres.js';
import { startSchemaThread } from './schema-checks.js';
import { TEST_KEY } from './test-ring.js';

export const ADMIN_KEY = 'test-admin-key-0123456789';

export interface TestServerOptions {
  /** Settings that differ from the defaults. */
  config?: Partial<Config>;
  /** A manual clock unless given: retries come when the test moves it. */
  clock?: Clock;
  random?: Random;
  log?: Log;
}

export interface Answer<Value = any> {
  data?: Value | null;
  errors?: Array<{
    message: string;
    path?: Array<string | number>;
    extensions: { code: string; faults?: Array<{ path: string; received: string; expected: string }> };
  }>;
}

/** A whole server over real HTTP and WebSocket, with a database of its own. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly commitCount: number;
  /** Sends an operation as the admin and answers with all that came back. */
  ask<Value = any>(query: string, variables?: Record<string, unknown>): Promise<Answer<Value>>;
  /** Sends an operation as the admin and answers with its data; throws where there are errors. */
  gql<Value = any>(query: string, variables?: Record<string, unknown>): Promise<Value>;
  /** Subscribes as the admin; what comes is kept until it is taken. Answers once the server has taken the subscription in. */
  subscribe<Value = any>(query: string, variables?: Record<string, unknown>): Promise<Notices<Value>>;
  /** The same, asked with another key; with none where it is undefined. */
  as(key: string | undefined): Pick<TestServer, 'ask' | 'gql' | 'subscribe'>;
  /** Stops the server and keeps its data folder. */
  stop(): Promise<void>;
}

/** Starts a server that may send to loopback addresses. Stopped, and its data removed, at the end of the scope. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.config?.dataDir ?? (await mkdtemp(join(tmpdir(), 'hookgraph-')));
  const config: Config = {
    ...readConfig({ ADMIN_API_KEY: ADMIN_KEY, ENCRYPTION_KEYS: TEST_KEY, DANGEROUSLY_ALLOWED_ADDRESSES: '127.0.0.0/8,::1/128' }),
    port: 0,
    // The clock that the test moves would end the lease; it is the only server.
    ...(onPostgres && { takeoverAfterMs: 365 * 86_400_000 }),
    ...options.config,
    dataDir,
    ...(options.config?.databaseUrl === undefined ? await databaseFor(dataDir) : {}),
  };
  const server = await startServer(config, {
    clock: options.clock ?? new ManualClock(),
    random: options.random ?? systemRandom,
    log: options.log ?? createLog('silent'),
    graphiqlDir: PAGE_DIR,
    startSchemaThread,
  });
  const clients: Client[] = [];
  let isStopped = false;
  const admin = as(config.adminApiKey);

  /**
   * With a cursor of this moment where the subscription takes one and has none: a server that asks the database over several
   * connections may take in a subscription later than one that came after it.
   */
  async function fromNow(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    if (variables.after != null || !query.includes('$after')) return variables;
    const { data } = await admin.ask('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id: variables.organizationId });
    return { ...variables, after: data?.organization?.streamCursor };
  }

  function as(key: string | undefined): Pick<TestServer, 'ask' | 'gql' | 'subscribe'> {
    const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    async function ask<Value>(query: string, variables: Record<string, unknown> = {}): Promise<Answer<Value>> {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer<Value>;
    }
    return {
      ask,
      async gql(query, variables) {
        const { data, errors } = await ask<any>(query, variables);
        if (errors !== undefined) throw new Error(JSON.stringify(errors, null, 2));
        return data;
      },
      async subscribe(query, variables = {}) {
        const client = createClient({
          url: `${server.url.replace('http', 'ws')}/graphql`,
          webSocketImpl: WebSocket,
          connectionParams: authorization,
          retryAttempts: 0,
          lazy: false,
          onNonLazyError: () => {},
        });
        clients.push(client);
        return readNotices(client, query, onPostgres ? await fromNow(query, variables) : variables);
      },
    };
  }

  async function stop(): Promise<void> {
    if (isStopped) return;
    isStopped = true;
    for (const client of clients) void client.dispose();
    await server.close();
  }

  return {
    url: server.url,
    dataDir,
    get commitCount() {
      return server.commitCount;
    },
    ...admin,
    as,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.config?.dataDir !== undefined) return;
      await dropDatabaseOf(dataDir);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
