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
import { insertDeliveries, insertHooks } from '../support/rows.js';
import { answer, SILENCE } from './makers.js';
import { makeRecorder } from '../support/recorder.js';
import { makeReport } from '../support/attempt-report.js';
import { plainPayloads, testRing } from '../support/test-ring.js';

/** A dispatcher for four attempts at once, of which three may be of hooks that have not answered yet. The wire is the test's. */
async function start() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const clock = new ManualClock();
  await insertHooks(database.db(), [{ id: idOf('a') }, { id: idOf('b') }]);
  const recorder = makeRecorder({
    writes: database.writes,
    clock,
    newId: createIdSource(clock, systemRandom),
    retryScheduleMs: [3_600_000],
  });
  const wire: Array<{ delivery: OpenDelivery; end: (outcome: Outcome) => void }> = [];
  let wake = () => {};
  const send = (delivery: OpenDelivery) =>
    new Promise<AttemptReport>((resolve) => {
      const startedAt = clock.now();
      wire.push({ delivery, end: (outcome) => resolve(makeReport(outcome, startedAt)) });
      wake();
    });
  const { db } = database;
  const log = createLog('silent');
  const dispatcher = new Dispatcher({
    db,
    ring: testRing,
    payloads: plainPayloads,
    clock,
    log,
    recorder,
    send,
    inFlightLimit: 4,
    leadership: soleLeadership,
    hookIsRemoved: () => {},
    isStorageFailing: () => false,
  });
  stack.defer(async () => {
    const stopped = dispatcher.stop(0);
    clock.advance(0);
    await stopped;
  });
  await dispatcher.taken(allShards);
  return {
    dispatcher,
    /** Those on the wire, once `count` have gone there. */
    async onTheWire(count: number) {
      while (wire.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return wire;
    },
    /** Publishes deliveries to a hook. */
    owe: async (hookName: string, count: number) =>
      dispatcher.accept(await insertDeliveries(db(), { hookId: idOf(hookName), count, now: clock.now() })),
    wire,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('what an attempt says of its hook', () => {
  it.each([
    { says: 'to wait a while', outcomes: [answer(429)] },
    { says: 'that nobody is there, so that its deliveries are left to the table', outcomes: Array.from({ length: 5 }, () => SILENCE) },
    { says: 'that it is gone, so that its deliveries are held', outcomes: [answer(410)] },
  ])('holds before it is written: $says', async ({ outcomes }) => {
    await using flow = await start();
    await flow.owe('b', 2);
    await flow.onTheWire(2);
    await flow.owe('a', 20);
    const early = outcomes.slice(0, -1);
    for (const [index, outcome] of early.entries()) (await flow.onTheWire(3 + index))[2 + index]!.end(outcome);
    await flow.onTheWire(3 + early.length);

    // Both are written in one transaction. The answer of the second makes room for another attempt at once, before the first is written.
    flow.wire.at(-1)!.end(outcomes.at(-1)!);
    flow.wire[0]!.end(answer(500));
    await flow.owe('b', 1);

    const started = (await flow.onTheWire(4 + early.length)).slice(3 + early.length);
    expect(started.map(({ delivery }) => nameOf(delivery.hookId))).toEqual(['b']);
  });
});
