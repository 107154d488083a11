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

/** Starts what may be started, or lets one of those on the wire be answered, or one of those answered be recorded. */
const steps = fc.array(fc.record({ what: fc.constantFrom('start', 'start', 'start', 'answer', 'record'), pick: fc.nat(10_000) }), {
  maxLength: 200,
  size: 'max',
});

/** What is under way, by whether it is on the wire still. */
interface UnderWay {
  onWire: Array<Started>;
  answered: Array<Started>;
}

interface Started {
  turn: Turn;
  deliveryId: string;
}

/** The rules as they are told, apart from how they are kept. */
function mayStart(limit: number, { onWire, answered }: UnderWay, lane: Lane, share: Share): boolean {
  const count = (of: readonly Share[]) => onWire.filter(({ turn }) => of.includes(turn.share)).length;
  const part = (of: number) => Math.max(1, Math.floor(limit * of));
  const free = Math.min(limit - onWire.length, 2 * limit - onWire.length - answered.length);
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
        const underWay: UnderWay = { onWire: [], answered: [] };
        const { onWire, answered } = underWay;

        for (const { what, pick } of all) {
          if (what === 'answer' && onWire.length > 0) {
            const [{ turn, deliveryId }] = onWire.splice(pick % onWire.length, 1) as [Started];
            turns.leaveWire(turn);
            turn.lane.leaveWire(deliveryId);
            turns.place(turn.lane, true);
            answered.push({ turn, deliveryId });
            continue;
          }
          // One that came to nothing is recorded from the wire.
          const from = answered.length > 0 ? answered : onWire;
          if (what === 'record' && from.length > 0) {
            const [{ turn, deliveryId }] = from.splice(pick % from.length, 1) as [Started];
            turns.ended(turn);
            turn.lane.end(deliveryId);
            turns.place(turn.lane, true);
            continue;
          }
          const allowed = lanes.flatMap((lane) =>
            lane
              .startableKinds()
              .map((kind) => ({ lane, kind, share: shareOf(lane, kind) }))
              .filter(({ share }) => mayStart(limit, underWay, lane, share)),
          );

          const turn = turns.next();

          expect(turn === undefined).toBe(allowed.length === 0);
          if (turn === undefined) continue;
          expect(allowed.some(({ lane, kind, share }) => lane === turn.lane && kind === turn.kind && share === turn.share)).toBe(true);
          const taken = ({ lane }: Pick<Turn, 'lane'>) => Math.floor((16 * lane.onWireCount) / lane.pace.window);
          expect(taken(turn)).toBe(Math.min(...allowed.map(taken)));
          onWire.push({ turn, deliveryId: turn.lane.start(turn.kind).deliveryId });
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
      turns.ended(turn);
      turns.place(turn.lane, true);
    }

    expect(SHARES.filter((share) => counts[share] < 50)).toEqual([]);
  });
});
