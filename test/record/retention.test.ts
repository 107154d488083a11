import BetterSqlite from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/database.js';
import { alterDatabase } from '../support/fault.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { countRows, type DeliveryMaking, type EventMaking, fileOf, NO_ROWS, putEvents, readEventIds, setStatus } from './retention-rows.js';
import { RETENTION_MS, startRetention } from './start-retention.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SUCCEEDED: DeliveryMaking = { status: 'SUCCEEDED', attemptCount: 1 };
const FAILED: DeliveryMaking = { status: 'FAILED', attemptCount: 3 };
const RETRYING: DeliveryMaking = { status: 'RETRYING', attemptCount: 2 };

const BREAK_DELETES = onPostgres
  ? `create function refuse() returns trigger language plpgsql as $$ begin raise 'not now'; end $$;
     create trigger broken before delete on deliveries for each row execute function refuse()`
  : `create trigger broken before delete on deliveries begin select raise(abort, 'not now'); end`;
const MEND_DELETES = onPostgres ? 'drop trigger broken on deliveries' : 'drop trigger broken';

describe('retention', () => {
  it('removes an old event with all that belongs to it, and leaves a younger one whole', async () => {
    await using running = await startRetention();
    const [oldAt, youngAt] = [running.nextPassAt - RETENTION_MS - 1, running.nextPassAt - HOUR];
    const [, young] = await putEvents(running.database, [
      { publishedAt: oldAt, idempotencyKey: 'a', deliveries: [SUCCEEDED, FAILED, { status: 'CANCELLED' }] },
      { publishedAt: youngAt, idempotencyKey: 'b', deliveries: [SUCCEEDED, FAILED] },
    ]);

    await running.pass();

    expect(await readEventIds(running.database)).toEqual([young]);
    expect(await countRows(running.database)).toEqual({
      events: 1,
      idempotency_keys: 1,
      deliveries: 2,
      attempts: 4,
      delivery_changes: 4,
    });
    const counts = {
      eventCount: 1,
      deliveryCount: 3,
      attemptCount: 4,
      changeCount: 5,
      idempotencyKeyCount: 1,
      streamTokenCount: 0,
      auditRecordCount: 0,
      healthChangeCount: 0,
    };
    expect(running.lines()).toMatchObject([{ msg: 'retention.passed', ...counts, durationMs: 0 }]);
  });

  it.each([
    { place: 'a millisecond before the cutoff', offset: -1, leftCount: 0 },
    { place: 'exactly at the cutoff', offset: 0, leftCount: 20 },
    { place: 'a millisecond after it', offset: 1, leftCount: 20 },
  ])('leaves $leftCount of 20 events that were published $place', async ({ offset, leftCount }) => {
    await using running = await startRetention();
    // Several of one millisecond: what follows the milliseconds in an id is chance.
    const makings = Array.from({ length: 20 }, () => ({ publishedAt: running.nextPassAt - RETENTION_MS + offset }));
    await putEvents(running.database, makings);

    await running.pass();

    expect(await readEventIds(running.database)).toHaveLength(leftCount);
  });

  it('keeps an event of which a delivery is open, with all deliveries and attempts, until the delivery is final', async () => {
    await using running = await startRetention();
    const publishedAt = running.nextPassAt - 2 * RETENTION_MS;
    await putEvents(running.database, [{ publishedAt, deliveries: [SUCCEEDED, RETRYING, FAILED] }]);
    const before = await countRows(running.database);

    await running.pass();
    const whileOpen = await countRows(running.database);
    await setStatus(running.database, 'RETRYING', 'SUCCEEDED');
    await running.pass();

    expect(whileOpen).toEqual(before);
    expect(await countRows(running.database)).toEqual(NO_ROWS);
    expect(running.lines()).toHaveLength(1);
  });

  it('keeps what an attempt on the wire will refer to: a delivery cancelled meanwhile stays as long as one may come', async () => {
    await using running = await startRetention();
    const cancelledAt = running.nextPassAt - 15_000 - MINUTE;
    const deliveries: DeliveryMaking[] = [{ status: 'CANCELLED', updatedAt: cancelledAt }];
    const [kept] = await putEvents(running.database, [
      { publishedAt: running.nextPassAt - 2 * RETENTION_MS, deliveries },
      { publishedAt: running.nextPassAt - 2 * RETENTION_MS, deliveries: [{ status: 'CANCELLED', updatedAt: cancelledAt - 1 }] },
    ]);

    await running.pass();

    expect(await readEventIds(running.database)).toEqual([kept]);
    await running.pass();
    expect(await countRows(running.database)).toEqual(NO_ROWS);
  });

  it('leaves exactly what is young or open, whatever there is', { timeout: 60_000 }, async () => {
    const delivery = fc.record({
      status: fc.constantFrom('PENDING', 'RETRYING', 'SUCCEEDED', 'FAILED', 'CANCELLED'),
      attemptCount: fc.nat(3),
    });
    const event = fc.record({
      offset: fc.integer({ min: -3, max: 3 }),
      deliveries: fc.array(delivery, { maxLength: 4 }),
      hasKey: fc.boolean(),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        await using running = await startRetention({ retentionMs: HOUR });
        const ids = await putEvents(
          running.database,
          events.map(({ offset, deliveries, hasKey }, index): EventMaking => {
            const publishedAt = running.nextPassAt - HOUR + offset;
            return { publishedAt, deliveries, ...(hasKey ? { idempotencyKey: `k${index}` } : {}) };
          }),
        );
        const isKept = ({ offset, deliveries }: (typeof events)[number]) =>
          offset >= 0 || deliveries.some(({ status }) => status === 'PENDING' || status === 'RETRYING');
        const kept = events.filter(isKept);

        await running.pass();

        expect(await readEventIds(running.database)).toEqual(ids.filter((_, index) => isKept(events[index]!)).toSorted());
        const deliveries = kept.flatMap((one) => one.deliveries);
        expect(await countRows(running.database)).toEqual({
          events: kept.length,
          idempotency_keys: kept.filter(({ hasKey }) => hasKey).length,
          deliveries: deliveries.length,
          attempts: deliveries.reduce((sum, { attemptCount }) => sum + attemptCount, 0),
          delivery_changes: deliveries.reduce((sum, { attemptCount }) => sum + Math.max(attemptCount, 1), 0),
        });
      }),
      { numRuns: 25 },
    );
  });
});

describe('a pass', () => {
  it('that removes nothing says nothing', async () => {
    await using running = await startRetention();
    await putEvents(running.database, [{ publishedAt: running.nextPassAt - HOUR }]);

    await running.pass();

    expect(running.lines()).toEqual([]);
  });

  it('comes a minute after the start and then an hour after the last, and never while another is under way', async () => {
    const gate = Promise.withResolvers<void>();
    const stepsAt: number[] = [];
    await using running = await startRetention({
      async around(run) {
        stepsAt.push(running.clock.now());
        await gate.promise;
        await run();
      },
    });
    const startedAt = running.clock.now();

    running.clock.advance(MINUTE - 1);
    const early = [...stepsAt];
    running.clock.advance(1);
    running.clock.advance(5 * HOUR);
    const passed = running.clock.timerSet(HOUR);
    const underWay = [...stepsAt];
    gate.resolve();
    await passed;
    const second = running.clock.timerSet(HOUR);
    running.clock.advance(HOUR);
    await second;

    expect(early).toEqual([]);
    expect(underWay).toEqual([startedAt + MINUTE]);
    expect(stepsAt.map((at) => at - startedAt)).toEqual([MINUTE, ...[5, 5, 5, 5, 6, 6, 6, 6, 6].map((hours) => hours * HOUR + MINUTE)]);
  });

  it('ends with a step that fails, and the next one goes on', async () => {
    await using running = await startRetention();
    await putEvents(running.database, [{ publishedAt: running.nextPassAt - 2 * RETENTION_MS }]);
    await alterDatabase(running.database, BREAK_DELETES);

    await running.pass();
    await alterDatabase(running.database, MEND_DELETES);
    const afterFailure = await countRows(running.database);
    await running.pass();

    expect(afterFailure).toEqual({ ...NO_ROWS, events: 1, deliveries: 1 });
    expect(await countRows(running.database)).toEqual(NO_ROWS);
    expect(running.lines()).toMatchObject([
      { level: 50, msg: 'retention.failed', attemptCount: 1, deliveryCount: 0, err: { message: expect.stringContaining('not now') } },
      { level: 30, msg: 'retention.passed', attemptCount: 0, deliveryCount: 1, eventCount: 1 },
    ]);
  });

  it('ends with a stop, which waits for the step under way', async () => {
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    await using running = await startRetention({
      async around(run) {
        order.push('step begins');
        await gate.promise;
        await run();
        order.push('step ends');
      },
    });
    await putEvents(running.database, [{ publishedAt: running.nextPassAt - 2 * RETENTION_MS }]);
    running.clock.advance(MINUTE);

    const stopping = running.retention.stop().then(() => order.push('stopped'));
    gate.resolve();
    await stopping;
    running.clock.advance(DAY);

    expect(order).toEqual(['step begins', 'step ends', 'stopped']);
    expect(running.clock.timerCount).toBe(0);
  });

  it('does not come after a stop', async () => {
    await using running = await startRetention();

    await running.retention.stop();

    expect(running.clock.timerCount).toBe(0);
  });

  it('is cut off by a stop also between two steps', async () => {
    const clock = new ManualClock();
    const stepped = Promise.withResolvers<void>();
    let stepCount = 0;
    await using running = await startRetention({
      clock,
      async around(run) {
        stepCount += 1;
        await run();
        stepped.resolve();
      },
    });
    clock.advance(MINUTE);
    await stepped.promise;
    await running.database.writes.settle();

    await running.retention.stop();
    clock.advance(DAY);

    expect([stepCount, clock.timerCount]).toEqual([1, 0]);
  });
});

// PostgreSQL gives back what its own vacuum finds.
describe.skipIf(onPostgres)('the file', () => {
  const payload = JSON.stringify('x'.repeat(3000));

  it('stays as large as what is kept for as long as it is kept', async () => {
    await using running = await startRetention({ retentionMs: HOUR });
    const sizes: number[] = [];

    for (let cycle = 0; cycle < 8; cycle += 1) {
      await putEvents(running.database, eventsAt(running.nextPassAt - 2 * HOUR));
      sizes.push(pragma(running.database, 'page_count'));
      await running.pass();
      expect(pragma(running.database, 'freelist_count')).toBeGreaterThan(0.8 * sizes.at(-1)!);
    }

    expect(await countRows(running.database)).toEqual(NO_ROWS);
    expect(Math.max(...sizes)).toBeLessThan(1.1 * sizes[0]!);
  });

  it('would grow with each of them without retention', async () => {
    await using running = await startRetention({ retentionMs: HOUR });
    const sizes: number[] = [];

    for (let cycle = 0; cycle < 3; cycle += 1) {
      await putEvents(running.database, eventsAt(running.nextPassAt));
      sizes.push(pragma(running.database, 'page_count'));
      await running.pass();
    }

    expect(sizes[2]).toBeGreaterThan(2 * sizes[0]!);
  });

  function eventsAt(publishedAt: number): EventMaking[] {
    return Array.from({ length: 250 }, () => ({ publishedAt, payload, deliveries: [SUCCEEDED, FAILED] }));
  }
});

function pragma(database: TestDatabase, name: string): number {
  const other = new BetterSqlite(fileOf(database), { readonly: true });
  const value = other.pragma(name, { simple: true }) as number;
  other.close();
  return value;
}
