import { describe, expect, it } from 'vitest';
import { AttemptRunner } from '../../src/dispatch/attempt-runner.js';
import type { Lane } from '../../src/dispatch/lane.js';
import { UnavailableError } from '../../src/errors.js';
import { createLog } from '../../src/log.js';
import type { AttemptToRecord, Recorded } from '../../src/record/record-attempts.js';
import { ManualClock } from '../support/manual-clock.js';
import { makeReport } from '../support/attempt-report.js';
import { answer, makeHealth, makeHookToServe, makeLane } from './makers.js';

const RECORDED: Recorded = { next: { status: 'SUCCEEDED', nextAttemptAt: null }, healthIsOutdated: false };

/** A runner whose records go as the test says, one answer for each try. */
function startRunner(answers: Array<Error | Recorded | null>, whileRecording: (lane: Lane) => void = () => {}, isSent = true) {
  const clock = new ManualClock();
  const lane = makeLane('h', { pending: 1, retrying: 0 });
  const delivery = lane.start('PENDING');
  let recordCount = 0;
  // It disables the hook.
  const health = { before: makeHealth(), after: makeHealth({ status: 'DISABLED' }), told: null };
  const report = makeReport(answer(200), clock.now());
  const runner = new AttemptRunner({
    clock,
    log: createLog('silent'),
    send: async () => (isSent ? report : null),
    recorder: {
      judge: () => ({ delivery, number: 1, report, next: RECORDED.next, health, askedWaitMs: null }) as unknown as AttemptToRecord,
      async record() {
        recordCount += 1;
        whileRecording(lane);
        const next = answers.shift()!;
        if (next instanceof Error) throw next;
        return next;
      },
    },
    learned: () => {},
  });
  const running = runner.run(lane, delivery, { leaveWire: () => lane.leaveWire(delivery.deliveryId) });
  let waitedCount = 0;
  /** Waits until the runner has asked for its next record and waits for the clock. */
  const waiting = async () => {
    waitedCount += 1;
    while (recordCount < waitedCount) await new Promise(setImmediate);
    await new Promise(setImmediate);
  };
  return { clock, lane, running, waiting, recordCount: () => recordCount };
}

describe('what an attempt came to', () => {
  it('is tried again each second for as long as the storage refuses it', async () => {
    const outage = () => new UnavailableError('disk full', undefined);
    const flow = startRunner([outage(), outage(), outage(), outage(), outage(), RECORDED]);

    for (let second = 0; second < 5; second += 1) {
      await flow.waiting();
      flow.clock.advance(1000);
    }

    expect(await flow.running).toEqual([]);
    expect(flow.recordCount()).toBe(6);
    expect(flow.lane.pace.opensAt(flow.clock.now())).toBeLessThanOrEqual(flow.clock.now());
  });

  it('that the database refuses for a fault of its own is given up after three tries, and the hook rests for a minute', async () => {
    const flow = startRunner([new Error('one'), new Error('two'), new Error('three')]);
    for (let second = 0; second < 2; second += 1) {
      await flow.waiting();
      flow.clock.advance(1000);
    }

    const due = await flow.running;
    const now = flow.clock.now();

    expect(flow.recordCount()).toBe(3);
    expect(due.map(({ kind }) => kind)).toEqual(['PENDING', 'RETRYING']);
    expect(flow.lane.pace.opensAt(now)).toBe(now + 60_000);
  });

  it('holds for its hook at once, and the hook is read once more when it was read before that was written', async () => {
    const undisturbed = startRunner([RECORDED]);
    const disturbed = startRunner([RECORDED], (lane) => lane.serve(makeHookToServe()));

    await undisturbed.running;
    await disturbed.running;

    expect([undisturbed.lane.isHeld, undisturbed.lane.hook === null]).toEqual([true, false]);
    // What was read said ACTIVE; until it is read anew, nothing is sent.
    expect([disturbed.lane.isServed, disturbed.lane.hook === null]).toEqual([false, true]);
  });

  it('is dropped where another server leads the hook by now, which has the delivery', async () => {
    const flow = startRunner([null]);

    expect(await flow.running).toEqual([]);
    expect(flow.recordCount()).toBe(1);
  });
});

describe('an attempt that was not sent', () => {
  it('is not recorded, and its delivery is looked for again', async () => {
    const flow = startRunner([], () => {}, false);

    expect(await flow.running).toEqual([
      { kind: 'PENDING', dueAt: 0 },
      { kind: 'RETRYING', dueAt: 0 },
    ]);
    expect(flow.recordCount()).toBe(0);
  });
});
