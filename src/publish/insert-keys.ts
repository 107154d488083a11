import { RunAgainError } from '../database/run-again.js';
import { slices } from '../database/slices.js';
import type { WriteTransaction } from '../database/writes.js';
import { IDEMPOTENCY_WINDOW_MS } from './idempotency.js';

/** A key with the event it is given to. */
export interface NewKey {
  organizationId: string;
  key: string;
  eventId: string;
  createdAt: number;
}

/** Rows for one insert; a key binds four values. */
const ROWS_LIMIT = 1000;

/**
 * Gives keys to events. A key that was looked for and not found may be another server's by now: that is waited for, and the
 * transaction has to run again, which finds that one's event. All take their keys in the same order, so that two servers with
 * some keys in common do not wait for each other. `now` is the instant as of which they were looked for.
 */
export async function insertKeys({ db }: WriteTransaction, keys: readonly NewKey[], now: number): Promise<void> {
  const sorted = keys.toSorted((a, b) => compare(a.organizationId, b.organizationId) || compare(a.key, b.key));
  for (const slice of slices(sorted, ROWS_LIMIT)) {
    const given = await db
      .insertInto('idempotency_keys')
      .values(slice.map((one) => ({ organization_id: one.organizationId, key: one.key, event_id: one.eventId, created_at: one.createdAt })))
      .onConflict((conflict) =>
        conflict
          .columns(['organization_id', 'key'])
          .doUpdateSet((eb) => ({ event_id: eb.ref('excluded.event_id'), created_at: eb.ref('excluded.created_at') }))
          // One that has run out is given anew.
          .where('idempotency_keys.created_at', '<=', now - IDEMPOTENCY_WINDOW_MS),
      )
      .returning('key')
      .execute();
    if (given.length < slice.length) throw new RunAgainError('Another server has given an idempotency key to an event of its own.');
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
