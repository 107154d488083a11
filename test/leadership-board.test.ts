import { describe, expect, it } from 'vitest';
import { LeadershipBoard } from '../src/leadership-board.js';
import { ManualClock } from './support/manual-clock.js';

const tenure = { shard: 3, epoch: 7 };

/** A board on which the tenure holds for ten seconds by either clock. */
function makeBoard(clock = new ManualClock()): { board: LeadershipBoard; clock: ManualClock } {
  const board = LeadershipBoard.make(4, clock);
  board.lead(tenure);
  board.beCertainUntil({ elapsed: clock.elapsed() + 10_000, now: clock.now() + 10_000 });
  return { board, clock };
}

describe('a board of what is led', () => {
  it('holds a shard in its epoch alone, until it is left', () => {
    const { board } = makeBoard();
    expect([board.holds(tenure), board.holds({ ...tenure, epoch: 6 }), board.holds({ ...tenure, shard: 2 })]).toEqual([true, false, false]);

    board.leave(3);

    expect(board.holds(tenure)).toBe(false);
  });

  it('holds nothing at first, whatever the epoch', () => {
    const board = LeadershipBoard.make(4, new ManualClock());
    board.beCertainUntil({ elapsed: 1e12, now: 1e15 });

    expect([0, 1].map((epoch) => board.holds({ shard: 0, epoch }))).toEqual([false, false]);
  });

  it('holds nothing from the moment on until which it is certain', () => {
    const { board, clock } = makeBoard();

    clock.advance(9_999);
    expect(board.holds(tenure)).toBe(true);
    clock.advance(1);
    expect(board.holds(tenure)).toBe(false);
  });

  it.each([
    ['elapsed', { elapsed: 0, now: 1e15 }],
    ['now', { elapsed: 1e12, now: 0 }],
  ])('goes by whichever of the clocks is ahead: %s', (_, until) => {
    const { board } = makeBoard();

    board.beCertainUntil(until);

    expect(board.holds(tenure)).toBe(false);
  });

  it('is the same for all who have its memory', () => {
    const { board, clock } = makeBoard();
    const other = new LeadershipBoard(board.memory, clock);
    expect(other.holds(tenure)).toBe(true);

    board.leave(3);

    expect(other.holds(tenure)).toBe(false);
  });
});
