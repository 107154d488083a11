import { type RawBuilder, sql } from 'kysely';
import { type Answering, RowStatement } from '../database/row-statement.js';
import type { WriteTransaction } from '../database/writes.js';
import { shardOf } from '../entities/shard.js';
import type { RecordedAttempt } from '../watch/change.js';
import type { AttemptToRecord } from './record-attempts.js';

/** Inserts attempts, each with its row. Answers with the ids of those that it inserted. */
export type InsertAttempts = (
  tx: WriteTransaction,
  attempts: ReadonlyMap<AttemptToRecord, RecordedAttempt<string>>,
) => Promise<ReadonlySet<string>>;

const columns = {
  id: 'uuid',
  delivery_id: 'uuid',
  number: 'integer',
  started_at: 'bigint',
  duration_ms: 'double precision',
  timing: 'json',
  request: 'json',
  outcome: 'json',
} as const;
const columnNames = sql.join(Object.keys(columns).map((name) => sql.ref(name)));

const inserted: Answering<{ id: 'uuid' }, { id: string }> = {
  returning: sql`id`,
  ofRun: ({ id }, { changes }) => (changes === 0 ? null : { id: String(id) }),
};

const insertNew = (rows: RawBuilder<unknown>) => sql`insert into attempts (${columnNames}) ${rows} on conflict (id) do nothing`;

/** For the only server. */
const insertAll = new RowStatement(columns, insertNew, inserted);

const fencedColumns = { ...columns, shard: 'integer', began_in: 'integer' } as const;

/** For one of several. They take their shards in the same order, so that none waits for another that waits for it. */
function insertOwn(serverId: string) {
  return new RowStatement(
    fencedColumns,
    (rows) => sql`
      with attempted (${columnNames}, shard, began_in) as (${rows}),
      led as materialized (
        select number, epoch from shards
        where number = any (array(select shard from attempted)) and leader_id = ${sql.lit(serverId)}
        order by number
        for share
      )
      ${insertNew(sql`select ${columnNames} from attempted where (shard, began_in) in (select number, epoch from led)`)}`,
    inserted,
  );
}

/**
 * How a server inserts the attempts that are not in the table yet: one of several those alone whose hooks it still leads in the epoch in
 * which they began, and nobody can take these over before the transaction has ended. Of the rest `readOwn` knows which those were.
 */
export function insertAttemptsOf(serverId: string | null): InsertAttempts {
  if (serverId === null) return async ({ db }, attempts) => idsOf(await insertAll.run(db, [...attempts.values()].map(rowOf)));
  const insert = insertOwn(serverId);
  return async ({ db }, attempts) => {
    const rows = [...attempts].map(([{ delivery, epoch }, row]) => ({ ...rowOf(row), shard: shardOf(delivery.hookId), began_in: epoch }));
    return idsOf(await insert.run(db, rows));
  };
}

function rowOf(attempt: RecordedAttempt<string>) {
  return {
    id: attempt.id,
    delivery_id: attempt.deliveryId,
    number: attempt.number,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    timing: attempt.timing,
    request: attempt.request,
    outcome: attempt.outcome,
  };
}

function idsOf(rows: ReadonlyArray<{ id: string }>): Set<string> {
  return new Set(rows.map(({ id }) => id));
}
