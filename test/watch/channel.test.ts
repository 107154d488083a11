import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/watch/change.js';
import { Channel } from '../../src/watch/channel.js';

function changes(from: number, count: number): Change[] {
  return Array.from({ length: count }, (_, index) => ({
    sequence: from + index,
    organizationId: 'o',
    webhookId: 'w',
    hookId: 'h',
    eventId: 'e',
    deliveryId: `d${from + index}`,
    type: 't',
    status: 'SUCCEEDED',
    attempt: null,
    changedAt: 0,
  }));
}

function sequencesAfter(channel: Channel<Change>, place: number): number[] {
  const sequences: number[] = [];
  for (let next = channel.next(place); next !== undefined; next = channel.next(next.sequence)) sequences.push(next.sequence);
  return sequences;
}

describe('a channel', () => {
  it('gives the changes after a place', () => {
    const channel = new Channel<Change>(10);

    channel.append(changes(12, 3));

    expect(sequencesAfter(channel, 10)).toEqual([12, 13, 14]);
    expect(sequencesAfter(channel, 13)).toEqual([14]);
    expect(sequencesAfter(channel, 14)).toEqual([]);
  });

  it('keeps a bounded number of them, and says from where on', () => {
    const channel = new Channel<Change>(0);

    for (let from = 1; from <= 5000; from += 100) channel.append(changes(from, 100));

    const kept = sequencesAfter(channel, channel.startsAfter);
    expect(kept.length).toBeLessThanOrEqual(2000);
    expect(kept[0]).toBe(channel.startsAfter + 1);
    expect(kept.at(-1)).toBe(5000);
  });

  it('wakes all who wait at the next append', async () => {
    const channel = new Channel<Change>(0);
    const { signal } = new AbortController();
    const waits = Promise.all([channel.appended(signal), channel.appended(signal)]);

    channel.append(changes(1, 1));

    await expect(waits).resolves.toHaveLength(2);
  });

  it('has nothing any more of what it skips, and wakes who waits for it', async () => {
    const channel = new Channel<Change>(0);
    channel.append(changes(1, 3));
    const wait = channel.appended(new AbortController().signal);

    channel.skip(2);
    const kept = sequencesAfter(channel, channel.startsAfter);
    channel.skip(7);

    await expect(wait).resolves.toBeUndefined();
    expect(kept).toEqual([3]);
    expect(channel.startsAfter).toBe(7);
    expect(sequencesAfter(channel, 7)).toEqual([]);
  });

  it('wakes one who leaves', async () => {
    const channel = new Channel<Change>(0);
    const leaving = new AbortController();
    const wait = channel.appended(leaving.signal);

    leaving.abort();

    await expect(wait).resolves.toBeUndefined();
  });
});
