import { describe, expect, it } from 'vitest';
import { sendAtRate } from '../../../bench/load/send-at-rate.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('sending at a rate', () => {
  it('sends each event when it is due', async () => {
    const clock = new ManualClock(1000);
    const sent: number[][] = [];
    const all = sendAtRate({ startAt: 1100, ratePerSecond: 200, count: 3 }, (index) => sent.push([index, clock.now()]), running(clock));

    clock.advance(50);
    expect(sent).toEqual([]);
    clock.advance(1000);

    await all;
    expect(sent).toEqual([
      [0, 1100],
      [1, 1105],
      [2, 1110],
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it('sends what is overdue at once, and still counts from when it was due', async () => {
    const clock = new ManualClock(1010);
    const sent: number[][] = [];

    const all = sendAtRate({ startAt: 1000, ratePerSecond: 200, count: 4 }, (index, dueAt) => sent.push([index, dueAt]), running(clock));

    expect(sent).toEqual([
      [0, 1000],
      [1, 1005],
      [2, 1010],
    ]);
    clock.advance(5);
    await all;
    expect(sent.at(-1)).toEqual([3, 1015]);
  });

  it('ends with the reason of the signal', async () => {
    const clock = new ManualClock(1000);
    const stopping = new AbortController();
    const all = sendAtRate({ startAt: 1000, ratePerSecond: 1, count: 1000 }, () => {}, { clock, signal: stopping.signal });

    stopping.abort(new Error('enough'));
    clock.advance(100);

    await expect(all).rejects.toThrow('enough');
    expect(clock.timerCount).toBe(0);
  });

  function running(clock: ManualClock) {
    return { clock, signal: new AbortController().signal };
  }
});
