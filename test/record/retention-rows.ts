import type { Tables } from '../../src/database/connect.js';
import { slices } from '../../src/database/slices.js';
import type { StoredStatus } from '../../src/entities/delivery.js';
import { createIdSource, type NewId } from '../../src/ids.js';
import { systemRandom } from '../../src/random.js';
import type { TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';

/** An event with what publishing and delivering would have left of it. */
export interface EventMaking {
  publishedAt: number;
  /** One SUCCEEDED delivery with one attempt unless given. */
  deliveries?: DeliveryMaking[];
  idempotencyKey?: string;
  payload?: string;
}

export interface DeliveryMaking {
  status: StoredStatus;
  attemptCount?: number;
  /** When its state last changed; when it was published unless given. */
  updatedAt?: number;
}

const tables = ['events', 'idempotency_keys', 'deliveries', 'attempts', 'delivery_changes'] as const;
export type RowCounts = Record<(typeof tables)[number], number>;

export const NO_ROWS: RowCounts = { events: 0, idempotency_keys: 0, deliveries: 0, attempts: 0, delivery_changes: 0 };

/** Rows for one insert. */
const ROWS_LIMIT = 1000;

/** Makes the organization `o`, the webhook `w` and the hook `h` that all deliveries here belong to. */
export async function putHook({ db }: TestDatabase): Promise<void> {
  const made = { organization_id: idOf('o'), created_at: 0 };
  const webhook = { ...made, id: idOf('w'), name: 'w', description: '', signing_secret: 's', updated_at: 0, deleted_at: null };
  const hook = { ...made, id: idOf('h'), webhook_id: idOf('w'), type: 't', endpoint: 'http://127.0.0.1/', position: 0 };
  await insert(db(), 'organizations', [{ id: idOf('o'), name: 'o', created_at: 0 }]);
  await insert(db(), 'webhooks', [webhook]);
  await insert(db(), 'hooks', [{ ...hook, method: 'POST', status: 'ACTIVE' }]);
}

/** Puts events with all that belongs to them; answers with their ids, in the order given. */
export async function putEvents({ db }: TestDatabase, makings: readonly EventMaking[]): Promise<string[]> {
  const made = makings.map(rowsOf);
  await db()
    .transaction()
    .execute(async (tx) => {
      for (const table of tables) {
        await insert(
          tx,
          table,
          made.flatMap(({ rows }) => rows[table]),
        );
      }
    });
  return made.map(({ eventId }) => eventId);
}

/** How many rows each table has. */
export async function countRows({ db }: TestDatabase): Promise<RowCounts> {
  const counts = { ...NO_ROWS };
  for (const table of tables) {
    const count = db()
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'));
    counts[table] = (await count.executeTakeFirstOrThrow()).count;
  }
  return counts;
}

/** The ids of all events, in their order. */
export async function readEventIds({ db }: TestDatabase): Promise<string[]> {
  return (await db().selectFrom('events').select('id').orderBy('id').execute()).map(({ id }) => id);
}

/** Moves all deliveries of one status to another, as a manual retry or an attempt does. */
export async function setStatus({ db }: TestDatabase, from: DeliveryMaking['status'], to: DeliveryMaking['status']): Promise<void> {
  await db()
    .updateTable('deliveries')
    .set({ status: to, next_attempt_at: to === 'RETRYING' ? 0 : null })
    .where('status', '=', from)
    .execute();
}

/** The file of a database, into which another connection can look. */
export function fileOf({ orm }: TestDatabase): string {
  return orm.config.get('dbName');
}

/** What `createIdSource` gives at an instant, also one that lies before another's. */
function idSourceAt(instant: number): NewId {
  return createIdSource(new ManualClock(instant), systemRandom);
}

interface MadeEvent {
  eventId: string;
  rows: Record<(typeof tables)[number], object[]>;
}

function rowsOf(making: EventMaking): MadeEvent {
  const { publishedAt, deliveries = [{ status: 'SUCCEEDED', attemptCount: 1 }], idempotencyKey, payload = '{}' } = making;
  const newId = idSourceAt(publishedAt);
  const eventId = newId();
  const made = deliveries.map(({ status, attemptCount = 0, updatedAt = publishedAt }) => {
    const id = newId();
    const attemptIds = Array.from({ length: attemptCount }, newId);
    const isOpen = status === 'PENDING' || status === 'RETRYING';
    return {
      delivery: {
        id,
        organization_id: idOf('o'),
        webhook_id: idOf('w'),
        hook_id: idOf('h'),
        event_id: eventId,
        status,
        attempt_count: attemptCount,
        next_attempt_at: isOpen ? updatedAt : null,
        created_at: publishedAt,
        updated_at: updatedAt,
      },
      attempts: attemptIds.map((attemptId, index) => attemptRow(attemptId, id, index + 1)),
      changes: (attemptCount === 0 ? [null] : attemptIds).map((attemptId) => ({
        organization_id: idOf('o'),
        webhook_id: idOf('w'),
        hook_id: idOf('h'),
        event_id: eventId,
        delivery_id: id,
        type: 't',
        status,
        attempt_id: attemptId,
        changed_at: updatedAt,
      })),
    };
  });
  const key = { organization_id: idOf('o'), key: idempotencyKey, event_id: eventId, created_at: publishedAt };
  return {
    eventId,
    rows: {
      events: [{ id: eventId, organization_id: idOf('o'), type: 't', payload, created_at: publishedAt }],
      idempotency_keys: idempotencyKey === undefined ? [] : [key],
      deliveries: made.map(({ delivery }) => delivery),
      attempts: made.flatMap(({ attempts }) => attempts),
      delivery_changes: made.flatMap(({ changes }) => changes),
    },
  };
}

function attemptRow(id: string, deliveryId: string, number: number) {
  return {
    id,
    delivery_id: deliveryId,
    number,
    started_at: 0,
    duration_ms: 1,
    timing: '{"dnsMs":null,"connectMs":null,"tlsMs":null,"firstByteMs":null}',
    request: '{"method":"POST","url":"http://127.0.0.1/","headers":[],"tokenRenewed":false}',
    outcome: '{"kind":"RESPONSE_RECEIVED","status":200,"headers":[],"body":"","bodyTruncated":false}',
  };
}

async function insert(db: Tables, table: Parameters<Tables['insertInto']>[0], rows: readonly object[]): Promise<void> {
  for (const slice of slices(rows, ROWS_LIMIT)) await db.insertInto(table).values(slice).execute();
}
