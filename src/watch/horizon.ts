import { type RawBuilder, sql } from 'kysely';
import type { Tables } from '../database/connect.js';

/** The tables that are logs: entries have a place, and who reads them remembers the last. */
export type LogTable = 'delivery_changes' | 'hook_health_changes' | 'signals';

/** What marks the locks of a log among all advisory locks, in the upper 16 bits of their 64. */
const TAGS: Record<LogTable, number> = { delivery_changes: 0x4701, hook_health_changes: 0x4702, signals: 0x4703 };

/** How many bits are left for a place: enough for a million entries a second over eight years. */
const PLACE_BITS = 48;

/**
 * PostgreSQL gives places out before the commit, so that an entry may appear after one with a later place, and a reader that
 * goes by the highest place seen would miss it. So whoever is about to append says so first, by a lock that ends with its
 * transaction and that names the last place given out so far: all places it will get lie behind it.
 */
export async function announceEntries(db: Tables, table: LogTable): Promise<void> {
  await announcement(table).execute(db);
}

/** The statement that announces entries, with one row, for one that appends to rows of this one: none gets its place before that. */
export function announcement(table: LogTable): RawBuilder<unknown> {
  const mark = sql.raw(String(BigInt(TAGS[table]) << BigInt(PLACE_BITS)));
  return sql`select pg_advisory_xact_lock_shared(${mark}::bigint | ${lastPlace}) from ${sequenceOf(table)}`;
}

/**
 * The place up to which a log has all its entries: what is still to come lies behind it. First the last place is read, then
 * who is about to append; who begins in between gets places behind the first. A read of the entries must begin afterwards.
 *
 * Only transactions that append hold it back. The road not taken is the oldest transaction that runs
 * (`pg_snapshot_xmin`): somebody else's long one, in another database even, would stop the stream.
 */
export async function readHorizon(db: Tables, table: LogTable): Promise<number> {
  const last = await readLastGiven(db, table);
  const { rows: open } = await sql<{ first: number | null }>`
    select min(((classid::bigint & 65535) << 32) | objid::bigint) as first from pg_locks
    where locktype = 'advisory' and objsubid = 1 and classid::bigint >> 16 = ${sql.raw(String(TAGS[table]))}
      and database = (select oid from pg_database where datname = current_database())`.execute(db);
  return Math.min(last, open[0]!.first ?? Infinity);
}

/**
 * The last place given out, to whatever is committed or not. The horizon of a moment ago may lie ahead of today's, since who
 * announces himself names a place that he has read before: what another server calls a place, this one goes by.
 */
export async function readLastGiven(db: Tables, table: LogTable): Promise<number> {
  const { rows } = await sql<{ last: number }>`select ${lastPlace} as last from ${sequenceOf(table)}`.execute(db);
  return rows[0]!.last;
}

/** The last place given out; as long as none was, the sequence says which will be the first. */
const lastPlace = sql.raw('case when is_called then last_value else last_value - 1 end');

function sequenceOf(table: LogTable) {
  return sql.table(`${table}_sequence_seq`);
}
