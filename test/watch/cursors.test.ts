import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/random.js';
import { SealRing } from '../../src/seal/seal-ring.js';
import { Cursors } from '../../src/watch/cursors.js';
import { idOf } from '../support/ids.js';
import { cursorOf, testCursors } from '../support/test-ring.js';

const [own, other] = [idOf('o'), idOf('p')];

const cursorsOf = (...keys: Buffer[]) => new Cursors(new SealRing(keys, systemRandom).deriveKeys('cursors'), systemRandom);

/** How many bits of two cursors differ. */
function distance(one: string, two: string): number {
  const [a, b] = [one, two].map((cursor) => Buffer.from(cursor, 'base64url'));
  return a!.reduce((sum, byte, index) => sum + (byte ^ b![index]!).toString(2).replaceAll('0', '').length, 0);
}

describe('a cursor', () => {
  it.each([0, 1, 987_654_321, 2 ** 48 - 1])('of a notice stands for its place: %i', (sequence) => {
    expect(testCursors.placeOf('change', own, cursorOf('change', sequence), 'after')).toBe(sequence);
    expect(testCursors.placeOf('health', own, cursorOf('health', sequence), 'after')).toBe(sequence);
  });

  it('of a moment stands for a place in each log', () => {
    const cursor = testCursors.ofMoment(own, { change: 3, health: 5 });

    expect(testCursors.placeOf('change', own, cursor, 'after')).toBe(3);
    expect(testCursors.placeOf('health', own, cursor, 'after')).toBe(5);
  });

  it('of a notice is the same whoever is told, and that of a moment another one each time', () => {
    const moments = Array.from({ length: 100 }, () => testCursors.ofMoment(own, { change: 3, health: 5 }));

    expect(cursorOf('change', 3)).toBe(cursorOf('change', 3));
    expect(new Set(moments).size).toBe(100);
    expect(new Set(moments.map((cursor) => cursor.slice(0, 20))).size).toBe(100);
  });

  it('does not show how far its place is from another: half of its bits are others', () => {
    const cursors = Array.from({ length: 500 }, (_, sequence) => cursorOf('change', sequence));

    const distances = cursors.slice(1).map((cursor, index) => distance(cursor, cursors[index]!));

    const mean = distances.reduce((sum, bits) => sum + bits, 0) / distances.length;
    expect(mean).toBeGreaterThan(60);
    expect(mean).toBeLessThan(68);
    expect(Math.min(...distances)).toBeGreaterThan(30);
    expect(new Set(cursors).size).toBe(500);
  });

  it.each([
    ['of another organization', cursorOf('change', 3, other)],
    ["of another organization's moment", testCursors.ofMoment(other, { change: 3, health: 5 })],
    ['of a key that is gone', cursorsOf(Buffer.alloc(32, 7)).ofEntry('change', { organizationId: own, sequence: 3 })],
    ['of the time when they were plain', Buffer.from('change:3').toString('base64url')],
    ['that is empty', ''],
    ['that is none', 'nonsense'],
    ['with a block too many', testCursors.ofMoment(own, { change: 3, health: 5 }) + cursorOf('change', 3)],
    ['that is spelled otherwise', `${cursorOf('change', 3)}==`],
    ['of standard base64', Buffer.from(cursorOf('change', 1), 'base64url').toString('base64')],
    ['with half of it from another organization', halved(cursorOf('change', 3), cursorOf('health', 3, other))],
  ])('%s is refused, and the error says what is expected and not whose it is', (_, cursor) => {
    const open = () => testCursors.placeOf('change', own, cursor, 'after');

    expect(open).toThrow('after: expected a cursor that this organization was given: that of an earlier notice, or its streamCursor (');
    expect(open).toThrow(`start again from a new streamCursor), received ${JSON.stringify(cursor)}`);
  });

  it('of another stream is refused, and the error says which one it is of', () => {
    expect(() => testCursors.placeOf('change', own, cursorOf('health', 3), 'after')).toThrow(
      "after: expected a cursor of deliveryAttempts and deliveryResults, or the organization's streamCursor: this one is of hookHealth, received",
    );
    expect(() => testCursors.placeOf('health', own, cursorOf('change', 3), 'after')).toThrow(
      "after: expected a cursor of hookHealth, or the organization's streamCursor: this one is of deliveryAttempts and deliveryResults, received",
    );
  });

  it('that was changed anywhere is refused', () => {
    fc.assert(
      fc.property(fc.nat(127), fc.nat(2 ** 48 - 1), (bit, sequence) => {
        const bytes = Buffer.from(cursorOf('change', sequence), 'base64url');
        bytes[bit >> 3]! ^= 1 << (bit & 7);

        expect(() => testCursors.placeOf('change', own, bytes.toString('base64url'), 'after')).toThrow('that this organization was given');
      }),
    );
  });

  it('is made with the first key of the ring, and opens with each', () => {
    const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const entry = { organizationId: own, sequence: 3 };
    const before = cursorsOf(first).ofEntry('change', entry);

    const turning = cursorsOf(second, first);

    expect(turning.placeOf('change', own, before, 'after')).toBe(3);
    expect(turning.ofEntry('change', entry)).toBe(cursorsOf(second).ofEntry('change', entry));
    expect(() => cursorsOf(second).placeOf('change', own, before, 'after')).toThrow('that this organization was given');
  });

  it('tells nothing of the key that secrets are sealed with', () => {
    const key = Buffer.alloc(32, 1);
    const ring = new SealRing([key], systemRandom);

    expect(ring.deriveKeys('cursors')[0]).not.toEqual(key);
    expect(ring.deriveKeys('cursors')).toEqual(ring.deriveKeys('cursors'));
    expect(ring.deriveKeys('cursors')).not.toEqual(ring.deriveKeys('something else'));
  });
});

function halved(one: string, two: string): string {
  return Buffer.concat([one, two].map((cursor) => Buffer.from(cursor, 'base64url'))).toString('base64url');
}
