import { sql } from 'kysely';
import type { Tables } from './connect.js';
import { isPostgres } from './is-postgres.js';

/**
 * How much is written. A commit that changes no page proves nothing, and one that changes a single page little: on a full
 * disk the log has room left for it, from what failed or from before the last checkpoint.
 */
const PROBE_BYTES = 1024 * 1024;

/**
 * Shows that the storage takes writes: makes the database and its log larger, and leaves nothing behind. Throws what the
 * storage says otherwise. On SQLite the table is nobody's: a crash between the two steps leaves it to the next time.
 */
export async function probeStorage(db: Tables): Promise<void> {
  if (isPostgres(db)) return probePostgres(db);
  await db.transaction().execute(async (tx) => {
    await sql`drop table if exists storage_probe`.execute(tx);
    await sql.raw(`create table storage_probe as select zeroblob(${PROBE_BYTES}) as filler`).execute(tx);
  });
  await sql`drop table storage_probe`.execute(db);
}

/** Of several servers each has a table of its own that lives as long as the transaction; it is a plain one, which goes through the log. */
async function probePostgres(db: Tables): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    const table = sql.table(`storage_probe_${rows[0]!.pid}`);
    await sql`create table ${table} as select repeat(md5(n::text), 32) as filler from generate_series(1, ${PROBE_BYTES / 1024}) as n`.execute(
      tx,
    );
    await sql`drop table ${table}`.execute(tx);
  });
}
