import type { WriteTransaction } from '../database/writes.js';
import { shardOf } from '../entities/shard.js';
import type { AttemptToRecord } from './record-attempts.js';

/**
 * Those of attempts that were not inserted whose hooks this server still leads in the epoch in which they began: they are in the table
 * since an earlier transaction. One of a hook that was taken over belongs to nobody, since its successor has read the delivery as
 * open, and sends it again. Nobody can take the others over before this transaction has ended.
 */
export async function readOwn(
  { db }: WriteTransaction,
  serverId: string,
  attempts: readonly AttemptToRecord[],
): Promise<AttemptToRecord[]> {
  if (attempts.length === 0) return [];
  const rows = await db
    .selectFrom('shards')
    .where('number', 'in', [...new Set(attempts.map(({ delivery }) => shardOf(delivery.hookId)))])
    .where('leader_id', '=', serverId)
    .orderBy('number')
    .select(['number', 'epoch'])
    .forShare()
    .execute();
  const epochs = new Map(rows.map(({ number, epoch }) => [number, epoch]));
  return attempts.filter(({ delivery, epoch }) => epochs.get(shardOf(delivery.hookId)) === epoch);
}
