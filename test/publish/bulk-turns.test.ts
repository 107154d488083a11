import { expect, it } from 'vitest';
import { BulkTurns } from '../../src/publish/bulk-turns.js';
import { ManualClock } from '../support/manual-clock.js';

/** Calls whose work ends when the test says so. */
function startCalls() {
  const clock = new ManualClock();
  const turns = new BulkTurns(clock);
  const begun: string[] = [];
  const ending = new Map<string, PromiseWithResolvers<string>>();

  function call(name: string, eventCount: number): Promise<string> {
    const end = Promise.withResolvers<string>();
    ending.set(name, end);
    return turns.run(eventCount, () => {
      begun.push(name);
      return end.promise;
    });
  }

  return { clock, turns, begun, call, end: (name: string) => ending.get(name)!.resolve(`${name} is written`) };
}

/** Until all has happened that needs nothing from outside. */
const settled = () => new Promise(setImmediate);

it('a call that has nobody before it begins, however large', async () => {
  const { begun, call, end } = startCalls();

  const large = call('large', 1000);
  await settled();

  expect(begun).toEqual(['large']);
  end('large');
  expect(await large).toBe('large is written');
});

it('calls wait for those before them, and go on in their order', async () => {
  const { begun, call, end } = startCalls();
  const calls = ['first', 'second', 'third'].map((name) => call(name, 100));

  await settled();
  expect(begun).toEqual(['first']);

  end('first');
  await settled();
  expect(begun).toEqual(['first', 'second']);

  end('second');
  end('third');
  expect(await Promise.all(calls)).toEqual(['first is written', 'second is written', 'third is written']);
});

it('small calls go together, up to a hundred events', async () => {
  const { begun, call, end } = startCalls();
  for (const name of ['a', 'b', 'c', 'd']) void call(name, 33);

  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);

  end('b');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('a small call does not overtake a large one', async () => {
  const { begun, call } = startCalls();
  for (const [name, eventCount] of [
    ['first', 50],
    ['large', 100],
    ['small', 2],
  ] as const) {
    void call(name, eventCount);
  }

  await settled();

  expect(begun).toEqual(['first']);
});

it('one that takes longer than 10 ms is not waited for, and counts no second time when it ends', async () => {
  const { clock, begun, call, end } = startCalls();
  for (const name of ['slow', 'second', 'third', 'fourth']) void call(name, 100);
  await settled();

  clock.advance(9);
  await settled();
  expect(begun).toEqual(['slow']);

  clock.advance(1);
  await settled();
  expect(begun).toEqual(['slow', 'second']);

  end('slow');
  await settled();
  expect(begun).toEqual(['slow', 'second']);

  end('second');
  await settled();
  expect(begun).toEqual(['slow', 'second', 'third']);
  expect(clock.timerCount).toBe(1);
});

it.each([
  ['fails', () => Promise.reject(new Error('refused'))],
  [
    'throws',
    () => {
      throw new Error('refused');
    },
  ],
])('one that %s ends its turn, and tells its caller alone', async (_, work) => {
  const { clock, turns, begun, call } = startCalls();
  const refused = turns.run(100, work);
  void call('next', 100);

  await expect(refused).rejects.toThrow('refused');
  await settled();

  expect(begun).toEqual(['next']);
  expect(clock.timerCount).toBe(1);
});
