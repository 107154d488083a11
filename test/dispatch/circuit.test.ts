import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Circuit } from '../../src/dispatch/circuit.js';

/** So many attempts in a row without an answer, each begun and ended at `now`. */
function beSilent(circuit: Circuit, count: number, now: number): Array<number | undefined> {
  return Array.from({ length: count }, () => circuit.silent(now, now));
}

/** A circuit that five silent attempts have opened at 1,000. */
function opened(): Circuit {
  const circuit = new Circuit();
  beSilent(circuit, 5, 1000);
  return circuit;
}

describe('a circuit', () => {
  it('is closed at first', () => {
    expect(new Circuit().isOpen).toBe(false);
  });

  it('opens for a second at the fifth attempt in a row without an answer', () => {
    const circuit = new Circuit();

    const pauses = beSilent(circuit, 5, 1000);

    expect(pauses).toEqual([undefined, undefined, undefined, undefined, 1000]);
    expect(circuit.isOpen).toBe(true);
  });

  it('stays closed after four', () => {
    const circuit = new Circuit();

    beSilent(circuit, 4, 1000);

    expect(circuit.isOpen).toBe(false);
  });

  it('counts anew after an answer in between', () => {
    const circuit = new Circuit();
    beSilent(circuit, 4, 1000);

    const closed = circuit.answered();
    const pauses = beSilent(circuit, 5, 1000);

    expect(closed).toBe(false);
    expect(pauses).toEqual([undefined, undefined, undefined, undefined, 1000]);
  });

  it.each([
    { began: 'long before it opened', startedAt: 0 },
    { began: 'at the moment it opened', startedAt: 1000 },
  ])('learns nothing from an attempt that began $began', ({ startedAt }) => {
    const circuit = opened();

    const pauses = Array.from({ length: 20 }, () => circuit.silent(startedAt, 16_000));

    expect(new Set(pauses)).toEqual(new Set([undefined]));
    expect(circuit.silent(2000, 17_000)).toBe(2000);
  });

  it('pauses for twice as long after each probe without an answer, up to 30 s', () => {
    const circuit = opened();
    let now = 1000;

    const pauses = Array.from({ length: 8 }, () => {
      now += 60_000;
      return circuit.silent(now - 15_000, now);
    });

    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect(circuit.isOpen).toBe(true);
  });

  it('is closed by an answer, and says so once', () => {
    const circuit = opened();

    const said = [circuit.answered(), circuit.answered()];

    expect(said).toEqual([true, false]);
    expect(circuit.isOpen).toBe(false);
  });

  it('takes five again to open after it was closed, and begins with the shortest pause', () => {
    const circuit = opened();
    circuit.silent(2000, 3000);
    circuit.silent(6000, 7000);
    circuit.answered();

    const pauses = beSilent(circuit, 5, 20_000);

    expect(pauses).toEqual([undefined, undefined, undefined, undefined, 1000]);
  });

  it('is open exactly after five silent attempts or more since the last answer', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 100, size: 'max' }), (answers) => {
        const circuit = new Circuit();
        let silentCount = 0;

        for (const [index, isAnswered] of answers.entries()) {
          const wasOpen = silentCount >= 5;
          silentCount = isAnswered ? 0 : silentCount + 1;
          if (isAnswered) expect(circuit.answered()).toBe(wasOpen);
          else expect(circuit.silent(index, index) !== undefined).toBe(silentCount >= 5);
          expect(circuit.isOpen).toBe(silentCount >= 5);
        }
      }),
    );
  });
});
