import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HealthColumns } from '../../src/entities/hook-health.js';
import { nextHealth } from '../../src/record/next-health.js';
import { isSuccess, type Outcome } from '../../src/send/outcome.js';
import { answer, makeHealth, SILENCE } from '../dispatch/makers.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** The server's own setting. */
const DISABLE_AFTER_MS = 5 * DAY_MS;

interface EndedAt {
  outcome?: Outcome;
  startedAt?: number;
  endedAt: number;
}

function step(before: HealthColumns, { outcome = answer(500), endedAt, startedAt = endedAt }: EndedAt) {
  return nextHealth(before, { outcome, startedAt, endedAt }, DISABLE_AFTER_MS);
}

/** Attempts that fail, so long after `START` each. Gives out what is told, by the time, and the health at the end. */
function failAt(passedMs: readonly number[], disableAfterMs = DISABLE_AFTER_MS, health = makeHealth()) {
  const told: Array<{ passedMs: number; status: string; warning: number }> = [];
  let after = health;
  for (const passed of passedMs) {
    const at = START + passed;
    const next = nextHealth(after, { outcome: SILENCE, startedAt: at, endedAt: at }, disableAfterMs);
    if (next === null) continue;
    after = next.after;
    if (next.told !== null) told.push({ passedMs: passed, status: next.told.status, warning: after.warningCount });
  }
  return { told, after };
}

/** Every half minute for so long. */
const allAlong = (ms: number) => Array.from({ length: ms / 30_000 + 1 }, (_, index) => index * 30_000);

describe("a hook's health", () => {
  it('is told after a minute of failures, warned of at each fifth, and ends with the hook switched off', () => {
    const { told, after } = failAt(allAlong(6 * DAY_MS));

    expect(told).toEqual([
      { passedMs: MINUTE_MS, status: 'FAILING', warning: 1 },
      { passedMs: DAY_MS, status: 'FAILING', warning: 2 },
      { passedMs: 2 * DAY_MS, status: 'FAILING', warning: 3 },
      { passedMs: 3 * DAY_MS, status: 'FAILING', warning: 4 },
      { passedMs: 4 * DAY_MS, status: 'FAILING', warning: 5 },
      { passedMs: 5 * DAY_MS, status: 'DISABLED', warning: 5 },
    ]);
    expect(after).toMatchObject({
      status: 'DISABLED',
      disabledReason: 'FAILING',
      statusChangedAt: START + 5 * DAY_MS,
      failingSince: START,
    });
  });

  it('is remembered from the first failure on, and told of to nobody within a minute', () => {
    const { told, after } = failAt([0, 10_000, MINUTE_MS - 1]);

    expect(told).toEqual([]);
    expect(after).toEqual(makeHealth({ failingSince: START }));
  });

  it('tells when it fails since, and when it will be switched off', () => {
    const next = step(makeHealth({ failingSince: START }), { endedAt: START + MINUTE_MS });

    expect(next!.told).toEqual({ status: 'FAILING', since: START, disabledReason: null, disablesAt: START + DISABLE_AFTER_MS });
  });

  it('is told at once by an attempt that itself took a minute', () => {
    const next = step(makeHealth(), { startedAt: START, endedAt: START + MINUTE_MS });

    expect(next!.after).toMatchObject({ failingSince: START, warningCount: 1 });
    expect(next!.told).not.toBeNull();
  });

  it.each([
    { jump: '10 days between two failures', passedMs: [0, 10 * DAY_MS, 10 * DAY_MS + 1], expected: ['FAILING 5', 'DISABLED 5'] },
    { jump: '10 days after the first warning', passedMs: [0, MINUTE_MS, 10 * DAY_MS], expected: ['FAILING 1', 'DISABLED 1'] },
    { jump: '2 days between two failures', passedMs: [0, 2 * DAY_MS, 5 * DAY_MS], expected: ['FAILING 3', 'DISABLED 3'] },
    { jump: 'an hour back between two failures', passedMs: [0, -3_600_000, MINUTE_MS], expected: ['FAILING 1'] },
  ])('never ends without a warning before: $jump', ({ passedMs, expected }) => {
    const { told } = failAt(passedMs);

    expect(told.map(({ status, warning }) => `${status} ${warning}`)).toEqual(expected);
  });

  it('is warned of before its end also where the time for that is short', () => {
    const { told } = failAt([0, 100, 200, 400, 600, 800, 1000, 1200], 1000);

    expect(told[0]).toMatchObject({ passedMs: 200, status: 'FAILING' });
    expect(told.at(-1)).toMatchObject({ passedMs: 1000, status: 'DISABLED' });
  });

  it.each([
    { state: 'healthy', before: makeHealth() },
    { state: 'failing', before: makeHealth({ failingSince: START - MINUTE_MS, warningCount: 1 }) },
  ])('ends with a 410 at once where it is $state', ({ before }) => {
    const next = step(before, { outcome: answer(410), endedAt: START });

    expect(next!.after).toMatchObject({ status: 'DISABLED', disabledReason: 'GONE', statusChangedAt: START });
    expect(next!.told).toEqual({ status: 'DISABLED', since: START, disabledReason: 'GONE', disablesAt: null });
  });

  it('is forgotten by a success: silently where it was not told yet, with word of it where it was', () => {
    const untold = step(makeHealth({ failingSince: START }), { outcome: answer(200), endedAt: START + 1000 });
    const wasTold = step(makeHealth({ failingSince: START, warningCount: 2 }), { outcome: answer(204), endedAt: START + 2 * DAY_MS });

    expect(untold).toMatchObject({ after: makeHealth(), told: null });
    expect(wasTold!.after).toEqual(makeHealth());
    expect(wasTold!.told).toEqual({ status: 'HEALTHY', since: null, disabledReason: null, disablesAt: null });
  });

  it('is told anew where it fails again after a success', () => {
    const { after } = failAt([0, MINUTE_MS]);
    const recovered = step(after, { outcome: answer(200), endedAt: START + 2 * MINUTE_MS })!.after;

    const { told } = failAt([DAY_MS, DAY_MS + MINUTE_MS], DISABLE_AFTER_MS, recovered);

    expect(told).toEqual([{ passedMs: DAY_MS + MINUTE_MS, status: 'FAILING', warning: 1 }]);
  });

  it.each<{ what: string; before: HealthColumns; outcome: Outcome }>([
    { what: 'success while it is healthy', before: makeHealth(), outcome: answer(200) },
    { what: 'want of files', before: makeHealth(), outcome: { kind: 'CONNECTION_FAILED', code: 'EMFILE', message: '' } },
    {
      what: 'want of files while it fails',
      before: makeHealth({ failingSince: START, warningCount: 1 }),
      outcome: { kind: 'CONNECTION_FAILED', code: 'ENFILE', message: '' },
    },
    {
      what: 'stop of this server',
      before: makeHealth({ failingSince: START }),
      outcome: { kind: 'CONNECTION_FAILED', code: 'UND_ERR_DESTROYED', message: '' },
    },
  ])('is not changed by a $what', ({ before, outcome }) => {
    expect(step(before, { outcome, endedAt: START + 10 * DAY_MS })).toBeNull();
  });

  it.each<Outcome>([
    { kind: 'TIMED_OUT', message: '' },
    { kind: 'CONNECTION_FAILED', code: 'ECONNREFUSED', message: '' },
    { kind: 'ADDRESS_REFUSED', message: '' },
    { kind: 'AUTHENTICATION_FAILED', message: '', notBefore: null },
    answer(302),
    answer(429),
    answer(500),
  ])('begins to be failing with $kind $status', (outcome) => {
    expect(step(makeHealth(), { outcome, endedAt: START })!.after.failingSince).toBe(START);
  });

  it.each(
    (['PAUSED', 'DISABLED', 'REMOVED'] as const).flatMap((status) =>
      [answer(200), answer(410), SILENCE].map((outcome) => ({ status, outcome })),
    ),
  )('is not changed where the hook is $status ($outcome.kind $outcome.status)', ({ status, outcome }) => {
    expect(step(makeHealth({ status, failingSince: START, warningCount: 1 }), { outcome, endedAt: START + 10 * DAY_MS })).toBeNull();
  });

  it('has one beginning and only ever more warnings between two successes, whatever the clock does', () => {
    const attempts = fc.record({
      outcome: fc.constantFrom(answer(200), answer(500), answer(500), SILENCE, SILENCE),
      moveMs: fc.oneof(fc.integer({ min: 0, max: DAY_MS }), fc.integer({ min: -DAY_MS, max: 10 * DAY_MS })),
      tookMs: fc.nat(MINUTE_MS),
    });
    fc.assert(
      fc.property(
        fc.array(attempts, { maxLength: 80, size: 'max' }),
        fc.integer({ min: 1000, max: 30 * DAY_MS }),
        (all, disableAfterMs) => {
          let now = START;
          let health = makeHealth();
          for (const { outcome, moveMs, tookMs } of all) {
            now += moveMs;
            const next = nextHealth(health, { outcome, startedAt: now - tookMs, endedAt: now }, disableAfterMs);
            if (next === null) continue;

            const { before, after, told } = next;
            expect(before).toBe(health);
            if (after.failingSince === null) expect([isSuccess(outcome), after.warningCount]).toEqual([true, 0]);
            if (after.failingSince !== null && before.failingSince !== null) expect(after.failingSince).toBe(before.failingSince);
            if (after.failingSince !== null) expect(after.warningCount).toBeGreaterThanOrEqual(before.warningCount);
            expect(after.warningCount).toBeLessThanOrEqual(5);
            if (after.status === 'DISABLED') expect(before.warningCount).toBeGreaterThan(0);
            // What is told is new: no two warnings say the same.
            if (told?.status === 'FAILING') expect(after.warningCount).toBeGreaterThan(before.warningCount);
            health = after;
          }
        },
      ),
    );
  });
});
