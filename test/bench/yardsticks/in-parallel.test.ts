import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../bench/yardsticks/in-parallel.js';

describe('working in parallel', () => {
  it('works on each number once, in their order, so many at once', async () => {
    const begun: number[] = [];
    let underWay = 0;
    let most = 0;

    await inParallel({ first: 3, last: 9 }, 2, async (number) => {
      begun.push(number);
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
    });

    expect(begun).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(2);
  });

  it('ends at the first that fails', async () => {
    await expect(inParallel({ first: 1, last: 2 }, 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
