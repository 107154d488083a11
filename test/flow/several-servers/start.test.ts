import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { takeFreePort } from '../../../bench/stage/free-port.js';
import { makeDatabase } from '../../support/postgres.js';
import { spawnServerProcess } from '../../support/server-process.js';

it('a server is starting until it has looked for what it owes; told to stop meanwhile, it stops in order once it is up', async () => {
  await using stage = await prepare();
  await stage.hold('hooks');
  const server = stage.start();

  const early = await stage.health();
  const ended = server.end('SIGTERM');
  await stage.letGo();

  expect(early).toEqual({ code: 503, status: 'starting' });
  expect(await ended).toBe(0);
  const { log } = await server.started;
  expect(log.map(({ msg }) => msg).filter((message) => message.startsWith('server.'))).toEqual([
    'server.started',
    'server.stopping',
    'server.stopped',
  ]);
});

it('a server that is told to stop before it has begun anything ends at once', async () => {
  await using stage = await prepare();
  await stage.hold('deliveries');
  const server = stage.start();
  await stage.waitsForTable();

  const status = await server.end('SIGTERM');

  expect(status).toBe(0);
  await expect(server.started).rejects.toThrow('ended with 0 before it logged server.started');
});

/** A database that a test can hold a server up at. */
async function prepare() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await makeDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const client = new pg.Client(database.url);
  await client.connect();
  stack.defer(() => client.end());
  const port = await takeFreePort();
  const rest = stack.move();

  return {
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
    start() {
      const server = spawnServerProcess(dataDir, { DATABASE_URL: database.url, PORT: String(port) });
      rest.defer(async () => void (await server.end('SIGKILL')));
      return server;
    },
    /** Nobody else reads the table until it is let go. */
    async hold(table: string) {
      await client.query(`begin; lock table ${table} in access exclusive mode`);
    },
    letGo: () => client.query('rollback'),
    /** Each look takes its time, and none waits. */
    async waitsForTable() {
      for (;;) {
        const { rows } = await client.query(
          'select from pg_locks join pg_database as d on d.oid = database where not granted and datname = current_database()',
        );
        if (rows.length > 0) return;
      }
    },
    /** The first answer that there is. */
    async health() {
      for (;;) {
        const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
        if (response !== undefined) return { code: response.status, ...((await response.json()) as { status: string }) };
      }
    },
  };
}
