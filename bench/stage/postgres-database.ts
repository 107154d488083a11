import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { StoredDeliveries } from '../figures/ledger.js';
import type { BenchDatabase } from './bench-database.js';
import { DATABASE_TITLES } from './database-kinds.js';
import type { Leftovers } from './leftovers.js';

/** The most that a form may ask for: eight servers with their pools, and those who look. */
const SETTINGS = ['max_connections=200'];

/** How the benchmark's own connections are told from the servers'. */
const OWN_NAME = 'hookgraph-bench';

/** A database on a PostgreSQL of its own, which writes as durably as it does by default. */
export async function createPostgresDatabase(leftovers: Leftovers): Promise<BenchDatabase> {
  await using stack = new AsyncDisposableStack();
  const { startLocalPostgres } = await importLocalPostgres();
  let folder: string | undefined;
  const onFolder = (used: string) => {
    folder = used;
    leftovers.addFolder(used);
  };
  const server = await startLocalPostgres({ isDurable: true, settings: SETTINGS, onFolder });
  stack.defer(() => leftovers.removeFolder(folder!));
  stack.use(server);
  const maintenance = new pg.Client({ connectionString: server.url });
  await maintenance.connect();
  try {
    await maintenance.query('create database bench');
  } finally {
    await maintenance.end();
  }
  const url = new URL(server.url);
  url.pathname = '/bench';
  const pool = new pg.Pool({ connectionString: url.href, max: 2, application_name: OWN_NAME });
  // One that breaks is told of by who needs it.
  pool.on('error', () => {});
  stack.defer(() => pool.end());

  async function read<Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return (await pool.query<Row>(sql, values)).rows;
  }

  const [start] = await read<{ place: string; pid: number }>('select pg_current_wal_insert_lsn() as place, pg_backend_pid() as pid');
  const pid = await readParentPid(start!.pid);
  const ending = stack.move();
  return {
    name: DATABASE_TITLES.postgres,
    settings: { DATABASE_URL: url.href },
    host: {
      pid,
      async countConnections() {
        const sql =
          'select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name <> $1 and backend_type = $2';
        return (await read<{ count: number }>(sql, OWN_NAME, 'client backend'))[0]!.count;
      },
      async readServerIds() {
        return (await read<{ id: string }>('select server_id as id from server_leases')).map(({ id }) => id);
      },
      async readLeaders() {
        return (await read<{ id: string | null }>('select leader_id as id from shards order by number')).map(({ id }) => id);
      },
    },
    countDeliveries: () =>
      read<StoredDeliveries>(
        'select hook_id as "hookId", status, count(*)::int as count from deliveries group by hook_id, status order by hook_id, status',
      ),
    async readSize() {
      const [size] = await read<{ tables: string; log: string }>(
        `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1) as log, sum(pg_total_relation_size(oid)) as tables
           from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
        start!.place,
      );
      return { tableBytes: Number(size!.tables), logBytes: Number(size!.log) };
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
}

/** Without what the package behind it does at a signal: it would end this process before everything else has ended in order. */
async function importLocalPostgres() {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const imported = await import('../../scripts/local-postgres.js');
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) if (!before[index]!.includes(listener)) process.off(signal, listener);
  }
  return imported;
}

/** The process that started another; each connection has one that the first process has started. -1 where the system does not tell. */
async function readParentPid(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat === '' ? -1 : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
