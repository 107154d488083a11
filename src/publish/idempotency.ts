import type { WriteTransaction } from '../database/writes.js';
import { CallerError, describe, type Fault } from '../errors.js';
import { isSameJson } from '../json/exact-json.js';
import { slices } from '../database/slices.js';
import type { StoredPayloads } from '../seal/stored-payloads.js';
import { isStorable } from '../storable-text.js';
import type { StoredEvent } from './owe-deliveries.js';

/** How long a key finds the event it was given to: 24 hours, in milliseconds. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 60 * 60 * 1000;

const LONGEST_KEY = 256;

/** Keys for one read. */
const KEYS_LIMIT = 10_000;

/**
 * What is wrong with an idempotency key or an ordering key: it is empty, longer than 256 characters, or would not come out of a database as it went in and
 * so never be found again, as one with a lone surrogate.
 */
export function findKeyFaults(key: string | null, path: string): Fault[] {
  if (key === null) return [];
  if (key.length === 0 || key.length > LONGEST_KEY) return [{ path, received: describe(key), expected: `1 to ${LONGEST_KEY} characters` }];
  if (isStorable(key)) return [];
  return [{ path, received: describe(key), expected: 'a key without NUL characters and lone surrogates' }];
}

/** One name for a key of an organization; ids have no spaces. */
export function keyName(organizationId: string, key: string): string {
  return `${organizationId} ${key}`;
}

/** The events that the given keys stand for at `now`, by `keyName`. */
export async function readKeyedEvents(
  { db }: WriteTransaction,
  payloads: StoredPayloads,
  { keys, now }: { keys: ReadonlyArray<{ organizationId: string; key: string }>; now: number },
): Promise<Map<string, StoredEvent>> {
  const events = new Map<string, StoredEvent>();
  for (const slice of slices(keys, KEYS_LIMIT)) {
    const rows = await db
      .selectFrom('idempotency_keys as k')
      .innerJoin('events as e', 'e.id', 'k.event_id')
      .where('k.organization_id', 'in', [...new Set(slice.map(({ organizationId }) => organizationId))])
      .where('k.key', 'in', [...new Set(slice.map(({ key }) => key))])
      .where('k.created_at', '>', now - IDEMPOTENCY_WINDOW_MS)
      .select(['k.key', 'e.id', 'e.organization_id', 'e.type', 'e.payload', 'e.ordering_key', 'e.created_at'])
      .execute();
    for (const row of rows) {
      const { id, organization_id: organizationId, type, ordering_key: orderingKey, created_at: createdAt } = row;
      const payload = payloads.open({ id, organizationId, payload: row.payload });
      // Tests have no keys.
      events.set(keyName(organizationId, row.key), { id, organizationId, type, payload, orderingKey, isTest: false, createdAt });
    }
  }
  return events;
}

/** The error when the key stands for another event than the one sent now; undefined when they are the same. */
export function refuseOtherEvent(
  known: StoredEvent,
  sent: { type: string; payloadText: string; idempotencyKey: string | null; orderingKey: string | null; path: string },
): CallerError | undefined {
  const samePayload = isSameJson(known.payload, sent.payloadText);
  const sameOrderingKey = known.orderingKey === sent.orderingKey;
  if (samePayload && sameOrderingKey && known.type === sent.type) return undefined;

  const difference = !samePayload ? 'payload' : sameOrderingKey ? 'type' : 'ordering key';
  const path = `${sent.path}.idempotencyKey`;
  const received = describe(sent.idempotencyKey);
  const expected = `a key not used in the last 24 hours: it stands for the event ${known.id}, with another ${difference}`;
  return new CallerError('IDEMPOTENCY_KEY_REUSED', `${path}: expected ${expected}, received ${received}`, {
    faults: [{ path, received, expected }],
  });
}
