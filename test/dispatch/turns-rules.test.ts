import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BacklogKind } from '../../src/dispatch/backlog.js';
import type { Lane } from '../../src/dispatch/lane.js';
import { type Turn, Turns } from '../../src/dispatch/turns.js';
import { makeLane } from './makers.js';

type Share = Turn['share'];
type Receiver = 'NEW' | 'ANSWERS' | 'SILENT';

const SHARES: readonly Share[] = ['PROVEN', 'UNPROVEN', 'RETRY', 'PROBE'];

/** A hook with more to do than it may have at once. */
const hooks = fc.record({
  window: fc.integer({ min: 1, max: 40 }),
  receiver: fc.constantFrom<Receiver>('NEW', 'ANSWERS', 'SILENT'),
  pending: fc.constantFrom(0, 1, 100),
  retrying: fc.constantFrom(0, 1, 100),
});

/** Starts what may be started, or ends one of those on the wire. */
const steps = fc.array(fc.record({ isEnd: fc.constantFrom(true, false, false, false), pick: fc.nat(10_000) }), {
  maxLength: 150,
  size: 'max',
});

/** The rules as they are told, apart from how they are kept. */
function mayStart(limit: number, inFlight: readonly Turn[], lane: Lane, share: Share): boolean {
  const count = (of: readonly Share[]) => inFlight.filter((turn) => of.includes(turn.share)).length;
  const part = (of: number) => Math.max(1, Math.floor(limit * of));
  const free = limit - inFlight.length;
  if (free === 0) return false;
  if (share !== 'PROVEN' && count(['UNPROVEN', 'RETRY', 'PROBE']) >= part(3 / 4)) return false;
  if (share === 'RETRY' && count(['RETRY']) >= part(1 / 2)) return false;
  if (share === 'PROBE' && count(['PROBE']) >= part(1 / 8)) return false;
  // In sixteenths: what it has of its window must be less than twice what is free of all, where it has any at all.
  const sixteenths = Math.floor((16 * lane.onWireCount) / lane.pace.window);
  return sixteenths === 0 || sixteenths / 16 < (2 * free) / limit;
}

function shareOf(lane: Lane, kind: BacklogKind): Share {
  if (lane.pace.isProbing) return 'PROBE';
  if (kind === 'RETRYING') return 'RETRY';
  return lane.pace.isProven ? 'PROVEN' : 'UNPROVEN';
}

describe('turns, whatever mix of hooks waits', () => {
  it('are given while the rules allow one, to those that have least on the wire, and never against the rules', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(hooks, { maxLength: 20, size: 'max' }), steps, (limit, waiting, all) => {
        const turns = new Turns(limit);
        const lanes = waiting.map(({ window, ...making }, index) => makeLane(`${index}`, { hook: { inFlightLimit: window }, ...making }));
        for (const lane of lanes) turns.place(lane, true);
        const inFlight: Array<Turn & { deliveryId: string }> = [];

        for (const { isEnd, pick } of all) {
          if (isEnd && inFlight.length > 0) {
            const [ended] = inFlight.splice(pick % inFlight.length, 1);
            turns.ended(ended!.share);
            ended!.lane.end(ended!.deliveryId);
            turns.place(ended!.lane, true);
            continue;
          }
          const allowed = lanes.flatMap((lane) =>
            lane
              .startableKinds()
              .map((kind) => ({ lane, kind, share: shareOf(lane, kind) }))
              .filter(({ share }) => mayStart(limit, inFlight, lane, share)),
          );

          const turn = turns.next();

          expect(turn === undefined).toBe(allowed.length === 0);
          if (turn === undefined) continue;
          expect(allowed.some(({ lane, kind, share }) => lane === turn.lane && kind === turn.kind && share === turn.share)).toBe(true);
          const taken = ({ lane }: Turn) => Math.floor((16 * lane.onWireCount) / lane.pace.window);
          expect(taken(turn)).toBe(Math.min(...allowed.map(taken)));
          inFlight.push({ ...turn, deliveryId: turn.lane.start(turn.kind).deliveryId });
          turns.place(turn.lane, true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('always leave room for a first attempt of a hook that answered', () => {
    const doubtful = fc.record({ receiver: fc.constantFrom<Receiver>('NEW', 'SILENT'), pending: fc.nat(20), retrying: fc.nat(20) });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), fc.array(doubtful, { maxLength: 100, size: 'max' }), (limit, waiting) => {
        const turns = new Turns(limit);
        for (const [index, making] of waiting.entries()) turns.place(makeLane(`${index}`, making), true);
        for (let turn = turns.next(); turn !== undefined; turn = turns.next()) {
          turn.lane.start(turn.kind);
          turns.place(turn.lane, true);
        }

        turns.place(makeLane('answers', { pending: 1, receiver: 'ANSWERS' }), true);

        expect(turns.next()?.share).toBe('PROVEN');
      }),
    );
  });

  it('come to every kind in time: none waits while others have more than their part', () => {
    const turns = new Turns(64);
    for (let index = 0; index < 100; index += 1) {
      turns.place(makeLane(`new ${index}`, { pending: 100, retrying: 100 }), true);
      turns.place(makeLane(`silent ${index}`, { pending: 100, receiver: 'SILENT' }), true);
      turns.place(makeLane(`answers ${index}`, { pending: 100, receiver: 'ANSWERS' }), true);
    }
    const counts = { PROVEN: 0, UNPROVEN: 0, RETRY: 0, PROBE: 0 };

    // Each attempt ends at once.
    for (let round = 0; round < 400; round += 1) {
      const turn = turns.next()!;
      counts[turn.share] += 1;
      turn.lane.end(turn.lane.start(turn.kind).deliveryId);
      turns.ended(turn.share);
      turns.place(turn.lane, true);
    }

    expect(SHARES.filter((share) => counts[share] < 50)).toEqual([]);
  });
});
