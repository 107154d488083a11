import { describe, expect, it } from 'vitest';
import { attacksOptions } from '../../../bench/attacks/attacks-options.js';
import { attacksReport, type AttacksRun } from '../../../bench/attacks/attacks-report.js';
import { readOptions } from '../../../bench/options/read-options.js';

const settings = readOptions(attacksOptions, []).values;

describe('the report on attacks', () => {
  it('gives the medians with and without attacks, and what came of each attack in all', () => {
    const { figures, faults, lines } = attacksReport(settings, [
      makeRun(1, 'quiet', 4),
      makeRun(1, 'attacked', 40),
      makeRun(2, 'quiet', 6),
      makeRun(2, 'attacked', 60),
    ]);

    expect(faults).toEqual([]);
    expect(figures).toMatchObject({
      kinds: [
        { kind: 'quiet', latencyMs: { p99: 5 } },
        { kind: 'attacked', latencyMs: { p99: 50 } },
      ],
      isWithinAim: true,
    });
    expect(lines).toContain('p99 under attack: 50.0 ms, within the aim of 250 ms.');
    expect(lines).toContain('- wrong keys, 6 rounds: 4 × 401, 8 × 429');
  });

  it('says that the aim was missed', () => {
    const { figures, lines } = attacksReport(settings, [makeRun(1, 'quiet', 4), makeRun(1, 'attacked', 250.1)]);

    expect(figures.isWithinAim).toBe(false);
    expect(lines).toContain('p99 under attack: 250.1 ms, OVER the aim of 250 ms.');
  });

  it('leaves a void run out and says why', () => {
    const { figures, faults } = attacksReport(settings, [
      makeRun(1, 'quiet', 4),
      { ...makeRun(1, 'attacked', 1), faults: ['Of wrong keys: Expected 401, received 200, 1 times.'] },
    ]);

    expect(figures).toMatchObject({ kinds: [{ kind: 'quiet' }], isWithinAim: null });
    expect(faults).toEqual(['Round 1, attacked: Of wrong keys: Expected 401, received 200, 1 times.']);
  });
});

function makeRun(round: number, kind: AttacksRun['kind'], p99: number): AttacksRun {
  return {
    round,
    kind,
    database: 'SQLite',
    latencyMs: { count: 10, p50: 1, p95: 2, p99, max: p99 },
    generatorLateMs: { count: 10, p50: 0.1, p95: 0.2, p99: 0.5, max: 1 },
    ledger: {
      publishedCount: 10,
      deliveredCount: 10,
      openCount: 0,
      missingCount: 0,
      unknownCount: 0,
      doubleCount: 0,
      faults: [],
    },
    attacks: kind === 'quiet' ? [] : [{ name: 'wrong keys', roundCount: 3, outcomes: { 401: 2, 429: 4 }, faults: [] }],
    serverPeakBytes: 300 * 2 ** 20,
    othersCpuShare: 0.1,
    serverErrorCount: 0,
    faults: [],
  };
}
