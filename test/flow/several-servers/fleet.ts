import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { makeDatabase } from '../../support/postgres.js';
import { type ServerProcess, spawnServerProcess } from '../../support/server-process.js';

/** How soon the hooks of a dead server go on elsewhere, as the fleet is set. */
export const TAKEOVER_AFTER = '4s';

/** How many attempts one server of the fleet has on the wire at most. */
export const IN_FLIGHT_LIMIT = 32;

/** Server processes on one PostgreSQL database, of which some come and go. */
export interface Fleet extends AsyncDisposable {
  /** Those that are to be asked: neither ended nor asleep. */
  readonly servers: readonly ServerProcess[];
  /** All lines of all logs with this message. */
  logged(message: string): Record<string, any>[];
  start(settings?: Record<string, string>): Promise<ServerProcess>;
  /** Takes it out of those that are asked. */
  leave(server: ServerProcess): void;
  join(server: ServerProcess): void;
  /** Resolves when it is taken out, or is out: a client that waited for its answer asks another. */
  left(server: ServerProcess): Promise<void>;
  read<Row = any>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** Asks the database until the answer is one that is waited for; each look takes its time, and none waits. */
  readUntil<Row = any>(isIt: (rows: Row[]) => boolean, sql: string, ...values: unknown[]): Promise<Row[]>;
}

export interface FleetOptions {
  /** Settings of all its servers. */
  common?: Record<string, string>;
  /** The URL by which they reach the database, where something stands in between. */
  reach?: (databaseUrl: string) => string;
}

/** Begins with `count` servers. The signal, that of a test whose time is up, ends them. */
export async function startFleet(count: number, signal: AbortSignal, options: FleetOptions = {}): Promise<Fleet> {
  const { common, reach = (url) => url } = options;
  const stack = new AsyncDisposableStack();
  const database = stack.use(await makeDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {});
  stack.defer(() => pool.end());
  const asked = new Map<ServerProcess, PromiseWithResolvers<void>>();
  const all: ServerProcess[] = [];

  async function start(settings: Record<string, string> = {}): Promise<ServerProcess> {
    const starting = spawnServerProcess(dataDir, {
      DATABASE_URL: reach(database.url),
      DATABASE_POOL_SIZE: '4',
      TAKEOVER_AFTER,
      POLL_INTERVAL: '500ms',
      IN_FLIGHT_LIMIT: String(IN_FLIGHT_LIMIT),
      ...common,
      ...settings,
    });
    stack.defer(async () => void (await starting.end('SIGKILL')));
    signal.addEventListener('abort', () => void starting.end('SIGKILL'));
    const server = await starting.started;
    all.push(server);
    take(server);
    return server;
  }

  function take(server: ServerProcess): void {
    asked.set(server, Promise.withResolvers());
  }

  async function read<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return (await pool.query(sql, values)).rows as Row[];
  }

  await Promise.all(Array.from({ length: count }, () => start()));
  return {
    get servers() {
      return [...asked.keys()];
    },
    logged: (message) => all.flatMap(({ log }) => log.filter(({ msg }) => msg === message)),
    start,
    leave(server) {
      asked.get(server)?.resolve();
      asked.delete(server);
    },
    join: take,
    left: (server) => asked.get(server)?.promise ?? Promise.resolve(),
    read,
    async readUntil<Row>(isIt: (rows: Row[]) => boolean, sql: string, ...values: unknown[]) {
      for (;;) {
        const rows = await read<Row>(sql, ...values);
        if (isIt(rows)) return rows;
        signal.throwIfAborted();
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
