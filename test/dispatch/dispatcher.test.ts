import { describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/dispatch/dispatcher.js';
import { allShards, soleLeadership } from '../../src/lead/leadership.js';
import { createIdSource } from '../../src/ids.js';
import { createLog } from '../../src/log.js';
import { systemRandom } from '../../src/random.js';
import type { AttemptReport, OpenDelivery } from '../../src/send/attempt.js';
import type { Outcome } from '../../src/send/outcome.js';
import { openTestDatabase } from '../support/database.js';
import { idOf, nameOf } from '../support/ids.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeRecorder } from '../support/recorder.js';
import { makeReport } from '../support/attempt-report.js';
import { plainPayloads, sealedSecret, testRing } from '../support/test-ring.js';

const OK: Outcome = { kind: 'RESPONSE_RECEIVED', status: 200, headers: [], body: '', bodyTruncated: false };
const NOT_OK: Outcome = { ...OK, status: 500 };

/** An attempt on the wire; the test says what comes of it. */
interface OnTheWire {
  delivery: OpenDelivery;
  end: (outcome?: Outcome) => void;
}

/** A dispatcher on a real database with these hooks, whose wire is the test's. */
async function start(hookNames: string[]) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const clock = new ManualClock();
  const newId = createIdSource(clock, systemRandom);
  // What the database refuses begins a wait that a clock of the test's never ends: whoever looks for the cause of a hang finds it told.
  const log = createLog('warn');
  const recorder = makeRecorder({ writes: database.writes, clock, newId, retryScheduleMs: [1000, 1000] });
  const wire: OnTheWire[] = [];
  let wake = () => {};
  const send = (delivery: OpenDelivery): Promise<AttemptReport> =>
    new Promise((resolve) => {
      const end = (outcome: Outcome = OK) => resolve(makeReport(outcome, clock.now()));
      wire.push({ delivery, end });
      wake();
    });
  const newDispatcher = () =>
    new Dispatcher({
      db: database.db,
      ring: testRing,
      payloads: plainPayloads,
      clock,
      log,
      recorder,
      send,
      inFlightLimit: 512,
      leadership: soleLeadership,
      hookIsRemoved: () => {},
      isStorageFailing: () => false,
    });

  await database
    .db()
    .insertInto('organizations')
    .values({ id: idOf('o'), name: 'o', created_at: 0 })
    .execute();
  await database
    .db()
    .insertInto('webhooks')
    .values({
      id: idOf('w'),
      organization_id: idOf('o'),
      name: 'w',
      description: '',
      signing_secret: sealedSecret(idOf('o'), idOf('w')),
      created_at: 0,
      updated_at: 0,
      deleted_at: null,
    })
    .execute();
  for (const [position, name] of hookNames.entries()) {
    const row = {
      id: idOf(name),
      organization_id: idOf('o'),
      webhook_id: idOf('w'),
      type: 't',
      method: 'POST',
      endpoint: 'http://127.0.0.1/',
      position,
    } as const;
    await database
      .db()
      .insertInto('hooks')
      .values({ ...row, status: 'ACTIVE', created_at: 0 })
      .execute();
  }

  return {
    clock,
    database,
    wire,
    newDispatcher,
    async startDispatcher(): Promise<Dispatcher> {
      const dispatcher = newDispatcher();
      await dispatcher.taken(allShards);
      return dispatcher;
    },
    /** Writes an event that owes the hook `count` deliveries, and gives them out in their order. */
    async owe(hookName: string, count: number): Promise<OpenDelivery[]> {
      const hookId = idOf(hookName);
      const event = { id: newId(), organizationId: idOf('o'), type: 't', payload: '{}', isTest: false, createdAt: clock.now() };
      await database
        .db()
        .insertInto('events')
        .values({ id: event.id, organization_id: idOf('o'), type: 't', payload: '{}', created_at: event.createdAt })
        .execute();
      const deliveries = Array.from({ length: count }, (): OpenDelivery => ({
        deliveryId: newId(),
        webhookId: idOf('w'),
        hookId,
        attemptCount: 0,
        orderingKey: null,
        event,
      }));
      for (let from = 0; from < count; from += 1000) {
        const rows = deliveries.slice(from, from + 1000).map(({ deliveryId }) => ({
          id: deliveryId,
          organization_id: idOf('o'),
          webhook_id: idOf('w'),
          hook_id: hookId,
          event_id: event.id,
          status: 'PENDING' as const,
          attempt_count: 0,
          next_attempt_at: event.createdAt,
          created_at: event.createdAt,
          updated_at: event.createdAt,
        }));
        await database.db().insertInto('deliveries').values(rows).execute();
      }
      return deliveries;
    },
    /** The first `count` attempts that went to the wire. */
    async onTheWire(count: number): Promise<readonly OnTheWire[]> {
      while (wire.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return wire;
    },
    /** Waits until all attempts that ended are written. */
    async recorded(): Promise<void> {
      // An attempt asks for its record some turns of the event loop after it ended.
      do await new Promise(setImmediate);
      while (Object.keys(await this.statuses()).includes('PENDING'));
      await database.writes.settle();
    },
    async statuses(): Promise<Record<string, number>> {
      const rows = await database.db().selectFrom('deliveries').select('status').execute();
      return Object.fromEntries(Object.entries(Object.groupBy(rows, ({ status }) => status)).map(([status, of]) => [status, of.length]));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const idsOf = (wire: readonly OnTheWire[]) => wire.map(({ delivery }) => delivery.deliveryId);

describe('the dispatcher', () => {
  it("keeps a hook's deliveries in order and at most 16 of them on the wire", async () => {
    await using flow = await start(['h']);
    const dispatcher = await flow.startDispatcher();
    const deliveries = await flow.owe('h', 40);

    dispatcher.accept(deliveries);
    await flow.onTheWire(16);
    expect(flow.wire).toHaveLength(16);
    for (let index = 0; index < 40; index += 1) (await flow.onTheWire(index + 1))[index]!.end();
    await dispatcher.stop(0);

    expect(idsOf(flow.wire)).toEqual(deliveries.map(({ deliveryId }) => deliveryId));
    expect(await flow.statuses()).toEqual({ SUCCEEDED: 40 });
  });

  it('lets a hook that hangs hold up no other', async () => {
    await using flow = await start(['hanging', 'healthy']);
    const dispatcher = await flow.startDispatcher();
    dispatcher.accept(await flow.owe('hanging', 1000));
    await flow.onTheWire(16);

    dispatcher.accept(await flow.owe('healthy', 100));

    for (let index = 16; index < 116; index += 1) {
      const { delivery, end } = (await flow.onTheWire(index + 1))[index]!;
      expect(nameOf(delivery.hookId)).toBe('healthy');
      end();
    }
  });

  it('takes turns among hooks', async () => {
    await using flow = await start(['a', 'b', 'c']);
    const dispatcher = await flow.startDispatcher();
    const owed = [await flow.owe('a', 3), await flow.owe('b', 3), await flow.owe('c', 3)];

    dispatcher.accept(owed.flat());

    const wire = await flow.onTheWire(9);
    expect(wire.map(({ delivery }) => nameOf(delivery.hookId)).toSorted()).toEqual([...'aaabbbccc']);
    expect(new Set(idsOf(wire)).size).toBe(9);
  });

  it('takes up what the table holds at its start, page by page, each delivery once', async () => {
    await using flow = await start(['h', 'other']);
    const deliveries = await flow.owe('h', 500);
    await flow.owe('other', 1);
    const dispatcher = flow.newDispatcher();

    await dispatcher.taken(allShards);

    for (let index = 0; index < 501; index += 1) (await flow.onTheWire(index + 1))[index]!.end();
    expect(idsOf(flow.wire.filter(({ delivery }) => delivery.hookId === idOf('h')))).toEqual(
      deliveries.map(({ deliveryId }) => deliveryId),
    );
    await dispatcher.stop(0);
    expect(await flow.statuses()).toEqual({ SUCCEEDED: 501 });
  });

  it('lets no delivery that is published now overtake one that waits in the table', async () => {
    await using flow = await start(['h']);
    const waiting = await flow.owe('h', 200);
    const dispatcher = flow.newDispatcher();
    await dispatcher.taken(allShards);
    await flow.onTheWire(16);

    const published = await flow.owe('h', 5);
    dispatcher.accept(published);

    for (let index = 0; index < 205; index += 1) (await flow.onTheWire(index + 1))[index]!.end();
    expect(idsOf(flow.wire)).toEqual([...waiting, ...published].map(({ deliveryId }) => deliveryId));
  });

  it('takes a retry up when it is due and not before', async () => {
    await using flow = await start(['h']);
    const dispatcher = await flow.startDispatcher();
    dispatcher.accept(await flow.owe('h', 1));
    (await flow.onTheWire(1))[0]!.end(NOT_OK);
    await flow.recorded();
    flow.clock.advance(799);
    const other = await flow.owe('h', 1);
    dispatcher.accept(other);

    // Another delivery of the hook is not held up by the wait.
    (await flow.onTheWire(2))[1]!.end();
    flow.clock.advance(401);

    const third = (await flow.onTheWire(3))[2]!;
    expect(third.delivery).toMatchObject({ deliveryId: flow.wire[0]!.delivery.deliveryId, attemptCount: 1 });
    expect(flow.wire[1]!.delivery.deliveryId).toBe(other[0]!.deliveryId);
  });

  it('sends nothing more for hooks that are removed', async () => {
    await using flow = await start(['h', 'other']);
    const dispatcher = await flow.startDispatcher();
    dispatcher.accept(await flow.owe('h', 30));
    await flow.onTheWire(16);

    await flow.database.db().updateTable('hooks').set({ status: 'REMOVED' }).where('id', '=', idOf('h')).execute();
    dispatcher.apply([{ kind: 'REFRESH', hookId: idOf('h') }]);
    for (const { end } of flow.wire) end();
    dispatcher.accept(await flow.owe('other', 1));

    const { delivery, end } = (await flow.onTheWire(17))[16]!;
    expect(nameOf(delivery.hookId)).toBe('other');
    end();
    await dispatcher.stop(0);
    expect(flow.wire).toHaveLength(17);
  });

  it('starts nothing after a stop, and a later one takes up what was left', async () => {
    await using flow = await start(['h']);
    const first = await flow.startDispatcher();
    const deliveries = await flow.owe('h', 20);
    first.accept(deliveries);
    await flow.onTheWire(16);

    const stopping = first.stop(60_000);
    for (const { end } of flow.wire) end();
    expect(await stopping).toBe(0);
    expect(flow.wire).toHaveLength(16);
    const second = flow.newDispatcher();
    await second.taken(allShards);

    expect(idsOf(await flow.onTheWire(20))).toEqual(deliveries.map(({ deliveryId }) => deliveryId));
  });
});
