import { describe, expect, it } from 'vitest';
import { countArrivals } from '../../../bench/yardsticks/measure-yardstick.js';

describe('what a yardstick has delivered', () => {
  it('is all that it sent, each once and with doubles beside', () => {
    expect(countArrivals(arrivalsOf(1, 2, 2, 3), 3)).toEqual({ doubleCount: 1, faults: [] });
  });

  it('is a fault where something is missing', () => {
    expect(countArrivals(arrivalsOf(1, 3, 3), 3)).toEqual({ doubleCount: 1, faults: ['Expected 3 deliveries to arrive, received 2.'] });
  });

  function arrivalsOf(...numbers: number[]) {
    return { numbers: Float64Array.from(numbers), ports: Float64Array.from(numbers, () => 81) };
  }
});
