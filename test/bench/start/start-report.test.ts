import { describe, expect, it } from 'vitest';
import { findStartFaults } from '../../../bench/start/measure-starts.js';
import { startReport } from '../../../bench/start/start-report.js';

const settings = { database: 'sqlite', rounds: 3 } as const;
const form = {
  database: 'SQLite',
  eventCount: 1_000_000,
  databaseBytes: 3 * 2 ** 20,
  readyMs: [900, 700, 800],
  startedMs: [910, 720, 810],
  residentBytes: 250 * 2 ** 20,
  othersCpuShare: 0.05,
  faults: [],
};

describe('the report of starts', () => {
  it('gives the median and the worst of a size', () => {
    const { lines, figures, faults } = startReport(settings, { firstReadyMs: 1234, forms: [form] });

    const cells = lines.find((line) => line.startsWith('1,000,000'));
    expect(cells?.split(/ {2,}/)).toEqual(['1,000,000', '3', '800', '900', '810', '910', '250', '5 %']);
    expect(lines.join('\n')).toContain('1234 ms');
    expect(figures.forms).toMatchObject([{ medianReadyMs: 800, worstReadyMs: 900 }]);
    expect(faults).toEqual([]);
  });

  it('says at which size something was wrong, and that others were busy', () => {
    const { lines, faults } = startReport(settings, { firstReadyMs: 1, forms: [{ ...form, othersCpuShare: 0.5, faults: ['Broken.'] }] });

    expect(faults).toEqual(['1000000 events: Broken.']);
    expect(lines.join('\n')).toContain('Other programs took up to 50 %');
  });
});

describe('starts are void', () => {
  it.each([
    ['nothing is there that should be', [], 5, 0, ['Expected 5 deliveries in the database, all delivered; it has 0, of which 0 are.']],
    ['a delivery is open', [row('SUCCEEDED', 4), row('PENDING', 1)], 5, 0, [expect.stringContaining('it has 5, of which 4 are')]],
    ['there is more', [row('SUCCEEDED', 5), row('FAILED', 1)], 5, 0, [expect.stringContaining('it has 6, of which 5 are')]],
    ['an error was logged', [row('SUCCEEDED', 5)], 5, 2, ['The server logged errors at its starts: 2.']],
  ])('where %s', (_, stored, eventCount, serverErrorCount, faults) => {
    expect(findStartFaults(stored, eventCount, [{ serverErrorCount: 0 }, { serverErrorCount }])).toEqual(faults);
  });

  it('and in no other case', () => {
    expect(findStartFaults([row('SUCCEEDED', 3), row('SUCCEEDED', 2)], 5, [{ serverErrorCount: 0 }])).toEqual([]);
    expect(findStartFaults([], 0, [])).toEqual([]);
  });
});

function row(status: string, count: number) {
  return { status, count };
}
