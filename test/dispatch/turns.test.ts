import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/dispatch/lane.js';
import { type Turn, Turns } from '../../src/dispatch/turns.js';
import { answer, makeLane, SILENCE } from './makers.js';

/** Takes the next turn to the wire, and puts its lane where it belongs then, as the dispatcher does. */
function startNext(turns: Turns): Turn | undefined {
  const turn = turns.next();
  if (turn === undefined) return undefined;
  turn.lane.start(turn.kind);
  turns.place(turn.lane, true);
  return turn;
}

/** Starts while there are turns, at most `count`. */
function startAll(turns: Turns, count = Infinity): Turn[] {
  const started: Turn[] = [];
  for (let turn = startNext(turns); turn !== undefined; turn = startNext(turns)) {
    started.push(turn);
    if (started.length === count) break;
  }
  return started;
}

function placeAll(turns: Turns, lanes: readonly Lane[]): void {
  for (const lane of lanes) turns.place(lane, true);
}

const hooksOf = (started: readonly Turn[]) => started.map(({ lane }) => lane.hookId);

/** So many lanes that each have plenty to do. */
function lanesOf(count: number, making: Parameters<typeof makeLane>[1]): Lane[] {
  return Array.from({ length: count }, (_, index) => makeLane(`${making?.receiver ?? 'NEW'} ${index}`, making));
}

describe('turns', () => {
  it('go round among lanes that have as much on the wire', () => {
    const turns = new Turns(512);
    placeAll(
      turns,
      ['a', 'b', 'c'].map((hookId) => makeLane(hookId, { pending: 3 })),
    );

    expect(hooksOf(startAll(turns))).toEqual([...'abcabcabc']);
  });

  it('go round also among lanes whose windows are so wide that one attempt more or less makes no odds', () => {
    const turns = new Turns(512);
    placeAll(
      turns,
      ['a', 'b', 'c'].map((hookId) => makeLane(hookId, { hook: { inFlightLimit: 100 }, pending: 2 })),
    );

    expect(hooksOf(startAll(turns))).toEqual([...'abcabc']);
  });

  it('go first to those that have less of their window on the wire', () => {
    const turns = new Turns(512);
    const busy = makeLane('busy', { pending: 20 });
    turns.place(busy, true);
    startAll(turns, 5);
    turns.place(makeLane('idle', { pending: 5 }), true);

    expect(hooksOf(startAll(turns, 6))).toEqual(['idle', 'idle', 'idle', 'idle', 'idle', 'busy']);
  });

  it('are measured by the window: half of a narrow one is more than a quarter of a wide one', () => {
    const turns = new Turns(512);
    const narrow = makeLane('narrow', { hook: { inFlightLimit: 2 }, pending: 2 });
    const wide = makeLane('wide', { hook: { inFlightLimit: 16 }, pending: 6 });
    narrow.start('PENDING');
    for (let index = 0; index < 4; index += 1) wide.start('PENDING');
    placeAll(turns, [narrow, wide]);

    expect(hooksOf(startAll(turns))).toEqual(['wide', 'wide', 'narrow']);
  });

  it('are kept by a lane that stays in its place', () => {
    const turns = new Turns(512);
    const [first, second] = ['first', 'second'].map((hookId) => makeLane(hookId, { pending: 1 }));
    placeAll(turns, [first!, second!]);

    turns.place(first!, true);

    expect(hooksOf(startAll(turns))).toEqual(['first', 'second']);
  });

  it('are lost by a lane that may not start for a while, and are at the end when it may again', () => {
    const turns = new Turns(512);
    const [first, second] = ['first', 'second'].map((hookId) => makeLane(hookId, { pending: 1 }));
    placeAll(turns, [first!, second!]);

    turns.place(first!, false);
    turns.place(first!, true);

    expect(hooksOf(startAll(turns))).toEqual(['second', 'first']);
  });

  it.each(['NEW', 'SILENT'] as const)('are not left behind where the kind that waits has changed (a receiver that is %s)', (receiver) => {
    const turns = new Turns(512);
    const lane = makeLane('h', { pending: 1, receiver });
    turns.place(lane, true);
    lane.retrying.queue.push(lane.pending.queue.shift()!);

    turns.place(lane, true);

    expect(startAll(turns).map(({ kind }) => kind)).toEqual(['RETRYING']);
  });

  it('are not left behind where the receiver has answered, or fallen silent, meanwhile', () => {
    const turns = new Turns(512);
    const answers = makeLane('answers', { pending: 1 });
    const silent = makeLane('silent', { pending: 1, receiver: 'ANSWERS' });
    placeAll(turns, [answers, silent]);
    answers.pace.ended({ outcome: answer(200), startedAt: 0, askedWaitMs: null }, 0);
    silent.pace.ended({ outcome: SILENCE, startedAt: 0, askedWaitMs: null }, 0);

    placeAll(turns, [answers, silent]);

    const shares = startAll(turns).map(({ lane, share }) => `${lane.hookId} ${share}`);
    expect(shares.toSorted()).toEqual(['answers PROVEN', 'silent UNPROVEN']);
  });

  it.each<{ of: string; making: Parameters<typeof makeLane>[1]; expected: number }>([
    { of: 'first attempts of hooks that answered', making: { pending: 16, receiver: 'ANSWERS' }, expected: 512 },
    { of: 'first attempts of hooks that are new', making: { pending: 16 }, expected: 384 },
    { of: 'retries, also of hooks that answered', making: { retrying: 16, receiver: 'ANSWERS' }, expected: 256 },
    { of: 'probes', making: { pending: 16, receiver: 'SILENT' }, expected: 64 },
  ])('are $expected of 512 at most for $of', ({ making, expected }) => {
    const turns = new Turns(512);
    placeAll(turns, lanesOf(600, making));

    expect(startAll(turns)).toHaveLength(expected);
  });

  it('are three quarters at most for all that is doubtful, so that a hook that answered finds room', () => {
    const turns = new Turns(512);
    placeAll(turns, lanesOf(600, { pending: 1, retrying: 1 }));
    placeAll(turns, lanesOf(600, { pending: 1, receiver: 'SILENT' }));

    expect(startAll(turns)).toHaveLength(384);
    turns.place(makeLane('answers', { pending: 1, receiver: 'ANSWERS' }), true);
    expect(hooksOf(startAll(turns))).toEqual(['answers']);
  });

  it.each([
    { taken: 0, expected: 16 },
    { taken: 256, expected: 16 },
    { taken: 300, expected: 13 },
    { taken: 376, expected: 8 },
    { taken: 384, expected: 8 },
    { taken: 448, expected: 4 },
    { taken: 496, expected: 1 },
    { taken: 511, expected: 1 },
    { taken: 512, expected: 0 },
  ])('are fewer for a hook the fuller it is: $expected with $taken taken by others', ({ taken, expected }) => {
    const turns = new Turns(512);
    placeAll(turns, lanesOf(taken, { pending: 1, receiver: 'ANSWERS' }));
    startAll(turns);

    turns.place(makeLane('h', { pending: 16, receiver: 'ANSWERS' }), true);

    expect(startAll(turns)).toHaveLength(expected);
  });

  it('come free again as attempts end', () => {
    const turns = new Turns(2);
    placeAll(turns, lanesOf(5, { pending: 1, receiver: 'ANSWERS' }));
    const [first] = startAll(turns);

    turns.ended(first!);

    expect(startAll(turns)).toHaveLength(1);
  });

  it('come free with the answer, before it is recorded, but are never more than two limits with those to be recorded', () => {
    const turns = new Turns(2);
    placeAll(turns, lanesOf(9, { pending: 1, receiver: 'ANSWERS' }));
    const answered = startAll(turns);
    for (const turn of answered) turns.leaveWire(turn);
    const next = startAll(turns);
    expect(next).toHaveLength(2);
    for (const turn of next) turns.leaveWire(turn);

    expect(startAll(turns)).toHaveLength(0);

    turns.ended(answered[0]!);
    expect(startAll(turns)).toHaveLength(1);
  });
});
