import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/options/read-options.js';
import type { StreamFigures } from '../../../bench/stream/measure-stream.js';
import { streamOptions } from '../../../bench/stream/stream-options.js';
import { streamReport } from '../../../bench/stream/stream-report.js';

const settings = readOptions(streamOptions, []).values;

describe('the report on stream', () => {
  it('has a row for each form in each table', () => {
    const { lines, faults, figures } = streamReport(settings, [makeRun('1x2'), makeRun('3x4')]);

    expect(lines.filter((line) => /^(1x2|3x4) /.test(line))).toHaveLength(6);
    expect(lines.filter((line) => /^1x2 .* 9 \(5\) +- /.test(line))).toHaveLength(1);
    expect([faults, (figures.runs as unknown[]).length]).toEqual([[], 2]);
  });

  it('leaves a void run out and says why', () => {
    const { lines, faults } = streamReport(settings, [{ ...makeRun('1x2'), faults: ['Missing notices: 1.'] }]);

    expect(lines.filter((line) => line.startsWith('1x2'))).toEqual([]);
    expect(faults).toEqual(['1x2: Missing notices: 1.']);
  });
});

function makeRun(form: string): StreamFigures {
  const spread = { count: 10, p50: 1, p95: 2, p99: 3, max: 4 };
  const counts = { missingCount: 0, doubleCount: 0, unknownCount: 0 };
  return {
    form,
    database: 'SQLite',
    subscriberCount: 2,
    delays: { fromAnswerMs: spread, toFirstMs: spread, afterFirstMs: spread, noticesPerSecond: 20 },
    cpuMsPerThousand: { server: { all: 9, forNotices: 5 }, database: { all: null, forNotices: null }, subscribers: 3 },
    memoryBytesPerSubscriber: 2048,
    watchSeconds: 1,
    ledger: { publishedCount: 1, deliveredCount: 1, openCount: 0, ...counts, faults: [] },
    notices: { owedCount: 2, receivedCount: 2, ...counts, disorderedCount: 0, faults: [] },
    othersCpuShare: null,
    serverErrorCount: 0,
    faults: [],
  };
}
