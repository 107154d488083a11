import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BacklogKind, QUEUE_LIMIT } from '../../src/dispatch/backlog.js';
import { Lane } from '../../src/dispatch/lane.js';
import type { HookStatus } from '../../src/entities/hook.js';
import { fallSilent, makeHealth, makeHookToServe, makeLane } from './makers.js';

/** Starts whatever may be started, the kinds in turns where there are two, at most `count`. Gives out the kinds. */
function startAll(lane: Lane, count = Infinity): BacklogKind[] {
  const started: BacklogKind[] = [];
  for (let kinds = lane.startableKinds(); kinds.length > 0 && started.length < count; kinds = lane.startableKinds()) {
    const kind = kinds[started.length % kinds.length]!;
    lane.start(kind);
    started.push(kind);
  }
  return started;
}

const countOf = (kinds: readonly BacklogKind[], kind: BacklogKind) => kinds.filter((one) => one === kind).length;

describe('a lane', () => {
  it.each([
    { window: 1, retries: 1 },
    { window: 2, retries: 1 },
    { window: 3, retries: 2 },
    { window: 4, retries: 3 },
    { window: 16, retries: 12 },
    { window: 100, retries: 75 },
  ])('with a window of $window has at most $retries retries under way', ({ window, retries }) => {
    const lane = makeLane('h', { hook: { inFlightLimit: window }, retrying: 200 });

    const started = startAll(lane);

    expect(countOf(started, 'RETRYING')).toBe(retries);
  });

  it('has its whole window for first attempts', () => {
    const lane = makeLane('h', { hook: { inFlightLimit: 16 }, pending: 200 });

    const started = startAll(lane);

    expect(started).toHaveLength(16);
  });

  it.each([1, 2])('lets the kinds take turns where there is room for one (a window of %i)', (window) => {
    const lane = makeLane('h', { hook: { inFlightLimit: window }, pending: 10, retrying: 10 });
    if (window === 2) lane.start('PENDING');

    const kinds = Array.from({ length: 4 }, () => {
      const startable = lane.startableKinds();
      lane.end(lane.start(startable[0]!).deliveryId);
      return startable;
    });

    const [first, second] = window === 1 ? ['PENDING', 'RETRYING'] : ['RETRYING', 'PENDING'];
    expect(kinds).toEqual([[first], [second], [first], [second]]);
  });

  it('offers both kinds where there is room for more', () => {
    const lane = makeLane('h', { pending: 1, retrying: 1 });

    expect(lane.startableKinds()).toEqual(['PENDING', 'RETRYING']);
  });

  it('has one at a time where its hook is STRICT, and while a silent receiver is probed', () => {
    const strict = makeLane('h', { hook: { ordering: 'STRICT' }, pending: 10 });
    const silent = makeLane('h', { pending: 10, receiver: 'SILENT' });

    expect(startAll(strict)).toHaveLength(1);
    expect(startAll(silent)).toHaveLength(1);
  });

  it.each<{ status: HookStatus; expected: number }>([
    { status: 'ACTIVE', expected: 5 },
    { status: 'PAUSED', expected: 0 },
    { status: 'DISABLED', expected: 0 },
  ])('of a hook that is $status starts $expected', ({ status, expected }) => {
    const lane = makeLane('h', { hook: { health: makeHealth({ status }) }, pending: 3, retrying: 2 });

    expect(startAll(lane)).toHaveLength(expected);
  });

  it('starts nothing until its hook is read, nor after it was changed until it is read anew', () => {
    const lane = new Lane('h');
    lane.pending.queue.push(...makeLane('h', { pending: 2 }).pending.queue.cut(0));

    const unread = lane.startableKinds();
    lane.serve(makeHookToServe());
    const read = lane.startableKinds();
    lane.outdate();
    const changed = lane.startableKinds();

    expect([unread, read, changed]).toEqual([[], ['PENDING'], []]);
    expect(lane.version).toBe(1);
  });

  it('starts nothing more once it is known to be disabled, also before that is written', () => {
    const lane = makeLane('h', { pending: 2 });

    lane.health = makeHealth({ status: 'DISABLED' });

    expect(lane.startableKinds()).toEqual([]);
  });

  it('starts those of a kind in their order', () => {
    const lane = makeLane('h', { pending: 3 });

    const ids = Array.from({ length: 3 }, () => lane.start('PENDING').deliveryId);

    expect(ids).toEqual(['h PENDING 1', 'h PENDING 2', 'h PENDING 3']);
  });

  it('knows what waits in memory, what is on the wire, and what ended while a page was being read', () => {
    const lane = makeLane('h', { pending: 2, retrying: 1 });
    lane.start('PENDING');
    lane.pending.beginReading();
    const ended = lane.start('RETRYING').deliveryId;
    lane.end(ended);

    const known = ['h PENDING 1', 'h PENDING 2', 'h RETRYING 1', 'h PENDING 3'].filter((id) => lane.knows(id));

    expect(known).toEqual(['h PENDING 1', 'h PENDING 2', 'h RETRYING 1']);
    lane.pending.endReading();
    expect(lane.knows(ended)).toBe(false);
  });

  it('gives up what waits in memory, and not what is on the wire', () => {
    const lane = makeLane('h', { pending: 2, retrying: 1 });
    const sent = lane.start('PENDING').deliveryId;

    const removed = [sent, 'h PENDING 2', 'h RETRYING 1', 'none'].map((id) => lane.remove(id)?.deliveryId);

    expect(removed).toEqual([undefined, 'h PENDING 2', 'h RETRYING 1', undefined]);
    expect(lane.hasQueued).toBe(false);
    expect(lane.knows(sent)).toBe(true);
  });

  it('leaves what waits beyond its depth to the table', () => {
    const answering = makeLane('h', { pending: 2, retrying: 0 });
    const silent = makeLane('h', { pending: 3, retrying: 1 });
    fallSilent(silent);

    expect(answering.leaveToTable()).toEqual([]);
    expect(silent.leaveToTable()).toHaveLength(2);
    expect([silent.pending.queue.length, silent.retrying.queue.length]).toEqual([1, 1]);
    expect([silent.pending.dueAt, silent.retrying.dueAt]).toEqual([0, null]);
  });

  it('can forget what waits', () => {
    const lane = makeLane('h', { pending: 2, retrying: 1 });
    lane.retrying.noteDue(0);

    expect(lane.clear()).toHaveLength(3);
    expect(lane.hasBacklog).toBe(false);
  });

  it('holds one in memory while a silent receiver is probed', () => {
    const lane = makeLane('h');
    const before = lane.depth;

    fallSilent(lane);

    expect([before, lane.depth]).toEqual([QUEUE_LIMIT, 1]);
  });

  it('never has more on the wire than its window, nor more retries than three quarters of it, nor more unrecorded than two windows', () => {
    const step = fc.record({ what: fc.constantFrom('start', 'start', 'leave', 'record'), pick: fc.nat(1000) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 200, size: 'max' }), (window, steps) => {
        const lane = makeLane('h', { hook: { inFlightLimit: window }, pending: 200, retrying: 200 });
        const onWire: Array<{ deliveryId: string; kind: BacklogKind }> = [];
        const unrecorded: string[] = [];

        for (const { what, pick } of steps) {
          const kinds = lane.startableKinds();
          if (what === 'start' && kinds.length > 0) {
            const kind = kinds[pick % kinds.length]!;
            onWire.push({ deliveryId: lane.start(kind).deliveryId, kind });
          } else if (what === 'leave' && onWire.length > 0) {
            const [{ deliveryId }] = onWire.splice(pick % onWire.length, 1) as [(typeof onWire)[number]];
            lane.leaveWire(deliveryId);
            unrecorded.push(deliveryId);
          } else if (what === 'record' && unrecorded.length > 0) lane.end(unrecorded.splice(pick % unrecorded.length, 1)[0]!);

          const retries = onWire.filter(({ kind }) => kind === 'RETRYING').length;
          const underWayCount = onWire.length + unrecorded.length;
          expect([lane.onWireCount, lane.underWayCount]).toEqual([onWire.length, underWayCount]);
          expect(onWire.length).toBeLessThanOrEqual(window);
          expect(underWayCount).toBeLessThanOrEqual(2 * window);
          expect(retries).toBeLessThanOrEqual(Math.max(1, Math.floor((window * 3) / 4)));
          // Where there is room, a first attempt may start; it waits for nothing but its turn.
          if (onWire.length + 1 < window && underWayCount + 1 < 2 * window) expect(lane.startableKinds()).toContain('PENDING');
        }
      }),
    );
  });

  it('has room for the next as soon as an attempt has left the wire, and knows it until it is recorded', () => {
    const lane = makeLane('h', { hook: { inFlightLimit: 1 }, pending: 3 });
    const first = lane.start('PENDING').deliveryId;
    const whileOnWire = lane.startableKinds();

    lane.leaveWire(first);
    lane.leaveWire(first);

    expect([whileOnWire, lane.startableKinds()]).toEqual([[], ['PENDING']]);
    expect([lane.onWireCount, lane.knows(first), lane.isIdle]).toEqual([0, true, false]);
    lane.end(first);
    expect(lane.knows(first)).toBe(false);
  });

  it('of a hook that was taken over waits for an interval of its rate since then, once', () => {
    const hook = makeHookToServe({ rateLimit: { deliveries: 10, per: 'SECOND' } });
    const [first, takenOver] = [new Lane('h'), new Lane('h', 2, 1000)];
    first.serve(hook);
    takenOver.serve(hook);
    const opensAt = takenOver.pace.opensAt(1000);
    takenOver.pace.started(opensAt);
    takenOver.serve(hook);

    expect(first.pace.opensAt(1000)).toBeLessThanOrEqual(1000);
    expect(opensAt).toBe(1100);
    expect(takenOver.pace.opensAt(1100)).toBe(1200);
  });

  it('of a hook that was taken over and has no rate waits for nothing', () => {
    const lane = new Lane('h', 2, 1000);
    lane.serve(makeHookToServe());

    expect(lane.pace.opensAt(1000)).toBeLessThanOrEqual(1000);
  });

  it.each(['isLost', 'isResting'] as const)('that %s starts nothing', (what) => {
    const lane = makeLane('h', { pending: 3, retrying: 3 });
    lane[what] = true;

    expect(lane.startableKinds()).toEqual([]);
  });
});
