import { describe, expect, it } from 'vitest';
import { FailureKindsLog, FailureLog } from '../src/failure-log.js';
import { keepLog } from './support/log.js';
import { ManualClock } from './support/manual-clock.js';

const SECOND = 1000;

function start() {
  const { log, lines } = keepLog();
  const clock = new ManualClock();
  const options = { log, clock, line: 'work.failed', level: 'error' } as const;
  /** What those see who do not look closely. */
  const shown = () => lines().filter(({ level }) => level > 20);
  return { clock, log: new FailureLog(options), kinds: new FailureKindsLog(options), lines, shown };
}

/** A thousand failures a second, for so many seconds. */
function failFor(seconds: number, { clock, log }: ReturnType<typeof start>): void {
  for (let second = 0; second < seconds; second += 1) {
    for (let n = 0; n < 1000; n += 1) log.failed(new Error('no connection'), { id: n });
    clock.advance(SECOND);
  }
}

describe('a row of failures', () => {
  it('is one stack trace, a count every ten seconds, and the totals when it is over', () => {
    const started = start();

    failFor(25, started);
    started.clock.advance(20 * SECOND);

    const [first, ...rest] = started.shown();
    expect(first).toMatchObject({ level: 50, msg: 'work.failed', id: 0, err: { message: 'no connection', stack: expect.any(String) } });
    expect(rest).toEqual([
      { level: 50, failureCount: 9999, durationMs: 10_000, reason: 'no connection', msg: 'work.failed', time: expect.any(Number) },
      { level: 50, failureCount: 10_000, durationMs: 20_000, reason: 'no connection', msg: 'work.failed', time: expect.any(Number) },
      { level: 50, failureCount: 5000, durationMs: 30_000, reason: 'no connection', msg: 'work.failed', time: expect.any(Number) },
      { level: 30, line: 'work.failed', failureCount: 25_000, durationMs: 24_000, msg: 'failures.ended', time: expect.any(Number) },
    ]);
    expect(started.clock.timerCount).toBe(0);
  });

  it('is over as soon as it is said to go well, and the next one begins with a stack trace', () => {
    const started = start();
    failFor(1, started);

    started.log.succeeded();
    started.log.succeeded();
    started.log.failed(new Error('again'));

    expect(started.shown().map(({ msg, err }) => [msg, err?.message])).toEqual([
      ['work.failed', 'no connection'],
      ['failures.ended', undefined],
      ['work.failed', 'again'],
    ]);
  });

  it('of what is no error has the reason in place of a stack trace', () => {
    const started = start();

    started.log.failed('too late', { id: 1 });

    expect(started.shown()).toEqual([{ level: 50, msg: 'work.failed', reason: 'too late', id: 1, time: expect.any(Number) }]);
  });

  it('of one is that one line', () => {
    const started = start();
    started.log.failed(new Error('once'));

    started.clock.advance(60 * SECOND);

    expect(started.shown()).toHaveLength(1);
  });

  it('can be seen one by one by who looks closely', () => {
    const started = start();

    failFor(1, started);

    expect(started.lines().filter(({ level }) => level === 20)).toHaveLength(999);
  });
});

describe('failures of several kinds', () => {
  it('have a stack trace each, however often one of them comes', () => {
    const { kinds, shown } = start();
    const fail = () => new RangeError('of another place');

    for (let n = 0; n < 100; n += 1) {
      kinds.failed(new Error(`of ${n}`));
      kinds.failed(Object.assign(new Error('with a code'), { code: 'ECONNREFUSED' }));
      kinds.failed(fail());
      kinds.failed('no error');
    }

    expect(shown().map(({ err, reason }) => err?.message ?? reason)).toEqual(['of 0', 'with a code', 'of another place', 'no error']);
  });
});

it('a row of failures that somebody is told of has a line for each, and one stack trace', () => {
  const { log, lines } = keepLog();
  const clock = new ManualClock();
  const failures = new FailureLog({ log, clock, line: 'work.failed', namesEach: true });

  for (let id = 0; id < 3; id += 1) failures.failed(new Error('no connection'), { id });
  clock.advance(20 * SECOND);

  expect(lines().map(({ id, err, reason, failureCount }) => [id, err?.message, reason, failureCount])).toEqual([
    [0, 'no connection', undefined, undefined],
    [1, undefined, 'no connection', undefined],
    [2, undefined, 'no connection', undefined],
    [undefined, undefined, undefined, 3],
  ]);
});
