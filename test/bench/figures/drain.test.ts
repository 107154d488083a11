import { expect, it } from 'vitest';
import { drainOf } from '../../../bench/figures/drain.js';

it('a drain is told by its first, its last, and what lies between the first and 99 %', () => {
  // A hundred a second from 2 s on, and the last one a minute late; in an order of its own, as two hooks arrive.
  const arrivedAts = Float64Array.from({ length: 200 }, (_, index) => (index === 199 ? 61_000 : 3000 + 10 * (198 - index)));
  const ports = arrivedAts.map((at) => (at < 4000 ? 1 : 2));

  expect(drainOf({ arrivedAts, ports }, 1000)).toEqual({
    firstSeconds: 2,
    everyHookSeconds: 3,
    mostSeconds: 3.97,
    lastSeconds: 60,
    deliveriesPerSecond: expect.closeTo(100),
  });
});

it('a drain of nothing has no times', () => {
  const nothing = { arrivedAts: new Float64Array(), ports: new Float64Array() };

  const drain = drainOf(nothing, 0);

  expect(Object.values(drain).every(Number.isNaN)).toBe(true);
});
