import { describe, expect, it } from 'vitest';
import type { WriteTransaction } from '../../src/database/writes.js';
import { AFTER_ANOTHER } from '../../src/entities/delivery.js';
import type { HookStatus } from '../../src/entities/hook.js';
import type { OperationalEvent, OperationalType } from '../../src/operational-types.js';
import { publishOperationalBy } from '../../src/publish/publish-operational.js';
import type { OpenDelivery } from '../../src/send/attempt.js';
import { openTestDatabase } from '../support/database.js';
import { idOf, nameOf } from '../support/ids.js';
import { type HookRow, insertHooks, newId } from '../support/rows.js';
import { plainPayloads } from '../support/test-ring.js';

const NOW = 5000;

function draft(type: OperationalType, organizationId = idOf('o'), payload: Record<string, unknown> = {}): OperationalEvent {
  return { organizationId, type, payload, publishedAt: NOW };
}

/** A database with these hooks, and the server's own events published to it. */
async function start(hooks: readonly HookRow[]) {
  const database = await openTestDatabase();
  await insertHooks(database.db(), hooks);
  const woken: OpenDelivery[][] = [];
  const publishOperational = publishOperationalBy({ newId, payloads: plainPayloads, wake: (deliveries) => woken.push([...deliveries]) });
  return {
    ...database,
    /** Each call's deliveries. */
    woken,
    publishOperational,
    publish: (drafts: readonly OperationalEvent[]) => database.writes.transaction((_, tx) => publishOperational(tx, drafts)),
    events: () => database.db().selectFrom('events').selectAll().orderBy('id').execute(),
    deliveries: () => database.db().selectFrom('deliveries').selectAll().orderBy('id').execute(),
  };
}

describe("an event of the server's own", () => {
  it('is stored and owed where a hook waits for it', async () => {
    await using flow = await start([
      { id: idOf('a'), type: 'hook_failing' },
      { id: idOf('b'), type: 'hook_failing' },
    ]);

    await flow.publish([draft('hook_failing', idOf('o'), { hookId: 'x', warning: 2 })]);

    const [event] = await flow.events();
    const rows = (await flow.deliveries()).map((row) => [nameOf(row.hook_id), row.event_id, row.status, row.next_attempt_at]);
    expect(event).toMatchObject({
      organization_id: idOf('o'),
      type: 'hook_failing',
      payload: '{"hookId":"x","warning":2}',
      created_at: NOW,
    });
    expect(rows).toEqual(['a', 'b'].map((hookId) => [hookId, event!.id, 'PENDING', NOW]));
  });

  it('is not stored where none does', async () => {
    await using flow = await start([
      { id: idOf('a'), type: 'hook_failing' },
      { id: idOf('other'), organizationId: idOf('other'), type: 'delivery_failed' },
    ]);

    await flow.publish([draft('delivery_failed'), draft('hook_failing'), draft('hook_disabled'), draft('hook_failing', idOf('other'))]);

    expect((await flow.events()).map(({ type, organization_id: organizationId }) => `${nameOf(organizationId)} ${type}`)).toEqual([
      'o hook_failing',
    ]);
    expect(await flow.deliveries()).toHaveLength(1);
  });

  it.each<{ status: HookStatus; expected: number }>([
    { status: 'ACTIVE', expected: 1 },
    { status: 'PAUSED', expected: 1 },
    { status: 'DISABLED', expected: 1 },
    { status: 'REMOVED', expected: 0 },
  ])('is owed to a hook that is $status: $expected', async ({ status, expected }) => {
    await using flow = await start([{ id: idOf('a'), type: 'hook_disabled', status }]);

    await flow.publish([draft('hook_disabled')]);

    expect(await flow.events()).toHaveLength(expected);
    expect(await flow.deliveries()).toHaveLength(expected);
  });

  it('waits for the one before where its hook is STRICT', async () => {
    await using flow = await start([{ id: idOf('a'), type: 'hook_failing', ordering: 'STRICT' }]);

    await flow.publish([draft('hook_failing'), draft('hook_failing')]);
    await flow.publish([draft('hook_failing')]);

    const rows = await flow.deliveries();
    expect(rows.map((row) => row.next_attempt_at)).toEqual([NOW, AFTER_ANOTHER, AFTER_ANOTHER]);
    expect(flow.woken.flat().map(({ deliveryId }) => deliveryId)).toEqual([rows[0]!.id]);
  });
});

describe('the dispatcher', () => {
  it('is told of them after the commit, and not before', async () => {
    await using flow = await start([{ id: idOf('a'), type: 'hook_failing' }]);
    const told: number[] = [];

    await flow.writes.transaction(async (_, tx) => {
      await flow.publishOperational(tx, [draft('hook_failing')]);
      told.push(flow.woken.length);
    });
    told.push(flow.woken.length);

    const [row] = await flow.deliveries();
    expect(told).toEqual([0, 1]);
    expect(flow.woken).toEqual([
      [expect.objectContaining({ deliveryId: row!.id, hookId: idOf('a'), webhookId: idOf('w-o'), attemptCount: 0 })],
    ]);
  });

  it('is told nothing where what they tell of is not written after all', async () => {
    await using flow = await start([{ id: idOf('a'), type: 'hook_failing' }]);
    const fail = async (tx: WriteTransaction) => {
      await flow.publishOperational(tx, [draft('hook_failing')]);
      throw new Error('not written');
    };

    await expect(flow.writes.transaction((_, tx) => fail(tx))).rejects.toThrow('not written');

    expect(flow.woken).toEqual([]);
    expect(await flow.events()).toEqual([]);
  });

  it('is told nothing where none is owed', async () => {
    await using flow = await start([{ id: idOf('a'), type: 'hook_failing' }]);

    await flow.publish([draft('delivery_failed')]);

    expect(flow.woken).toEqual([]);
  });
});
