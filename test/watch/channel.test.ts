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

  it('wakes all its followers at the next append, but none that has left', () => {
    const channel = new Channel<Change>(0);
    const [stays, leaves] = [new Sleeper(), new Sleeper()];
    channel.join(stays);
    channel.join(leaves);
    channel.append(changes(1, 1));
    channel.leave(leaves);

    channel.append(changes(2, 1));

    expect([stays.wokenCount, leaves.wokenCount]).toEqual([2, 1]);
    channel.leave(stays);
    expect(channel.hasFollowers).toBe(false);
  });

  it('has nothing any more of what it skips, and wakes who waits for it', () => {
    const channel = new Channel<Change>(0);
    channel.append(changes(1, 3));
    const sleeper = new Sleeper();
    channel.join(sleeper);

    channel.skip(2);
    const kept = sequencesAfter(channel, channel.startsAfter);
    channel.skip(7);

    expect(sleeper.wokenCount).toBe(2);
    expect(kept).toEqual([3]);
    expect(channel.startsAfter).toBe(7);
    expect(sequencesAfter(channel, 7)).toEqual([]);
  });

  it('ends all its followers when it is closed', () => {
    const channel = new Channel<Change>(0);
    const sleepers = [new Sleeper(), new Sleeper()];
    for (const sleeper of sleepers) channel.join(sleeper);

    channel.close();

    expect(sleepers.map(({ isEnded }) => isEnded)).toEqual([true, true]);
  });
});

class Sleeper {
  wokenCount = 0;
  isEnded = false;

  wake(): void {
    this.wokenCount += 1;
  }

  end(): void {
    this.isEnded = true;
  }
}
