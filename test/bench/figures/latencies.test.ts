import { expect, it } from 'vitest';
import { latenciesOf } from '../../../bench/figures/latencies.js';

it('latencies count from the due instant, for measured events alone, and by the first arrival of a double', () => {
  const arrivals = {
    numbers: Float64Array.of(1, 2, 3, 2),
    ports: Float64Array.of(81, 82, 83, 82),
    dueAts: Float64Array.of(1000, 1010, 1020, 1010),
    arrivedAts: Float64Array.of(1500, 1012.5, 1024, 9000),
  };

  expect(latenciesOf(arrivals, new Set([2, 3, 4]))).toEqual([2.5, 4]);
});
