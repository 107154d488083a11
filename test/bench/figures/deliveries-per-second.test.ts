import { expect, it } from 'vitest';
import { deliveriesPerSecond } from '../../../bench/figures/deliveries-per-second.js';

const arrivals = {
  numbers: Float64Array.of(1, 2, 2, 3, 2, 4),
  ports: Float64Array.of(81, 81, 82, 81, 81, 81),
  dueAts: new Float64Array(6),
  arrivedAts: Float64Array.of(1010, 1100, 1200, 1500, 5000, 9000),
};

it('deliveries a second are those in the range, each once, until the last has arrived', () => {
  expect(deliveriesPerSecond(arrivals, 1000, { first: 2, last: 3 })).toBe(6);
});

it('deliveries a second are none where nothing arrived', () => {
  expect(deliveriesPerSecond(arrivals, 1000, { first: 8, last: 9 })).toBe(0);
});
