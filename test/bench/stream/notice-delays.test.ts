import { describe, expect, it } from 'vitest';
import { noticeDelaysOf } from '../../../bench/stream/notice-delays.js';

describe('the delays of notices', () => {
  it('count from the answer, and from the first notice of the attempt, whoever got it', () => {
    const delays = delaysOf([
      [0, 105],
      [0, 107],
      [1, 210],
      [0, 112],
      [1, 211],
    ]);

    expect(delays.fromAnswerMs).toMatchObject({ count: 5, p50: 10, max: 12 });
    expect(delays.toFirstMs).toMatchObject({ count: 2, p50: 5, max: 10 });
    expect(delays.afterFirstMs).toMatchObject({ count: 3, p50: 2, max: 7 });
    expect(delays.noticesPerSecond).toBeCloseTo(5 / 0.106);
  });

  it('are of the measured deliveries alone', () => {
    expect(delaysOf([[2, 300]]).fromAnswerMs.count).toBe(0);
  });

  function delaysOf(rows: ReadonlyArray<readonly [attemptIndex: number, arrivedAt: number]>) {
    const attempts = ['one', 'two', 'before'].map((deliveryId, index) => ({ id: String(index), deliveryId }));
    const notices = {
      attemptIndexes: Int32Array.from(rows, ([index]) => index),
      arrivedAts: Float64Array.from(rows, ([, at]) => at),
      attempts,
    };
    return noticeDelaysOf(
      notices,
      new Map([
        ['one', 100],
        ['two', 200],
      ]),
    );
  }
});
