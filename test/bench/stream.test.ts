import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--warmup', '10', '--rate', '20', '--seconds', '1'];

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- stream', { timeout: 120_000 }, () => {
  it.for(['sqlite', 'postgres'])('closes its ledgers on %s, and leaves nothing but its result', async (database, test) => {
    const folders = await makeFolders(test);
    const words = ['--database', database, '--forms', '2x6', '--per-socket', '4', ...quick, '--results', folders.results];
    await using bench = startProgram([main, 'stream', ...words], { env: { TMPDIR: folders.temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, runs } = await readResult(folders.results, 'stream');
    expect(isVoid).toBe(false);
    expect(runs).toMatchObject([
      {
        form: '2x6',
        subscriberCount: 12,
        // 10 to warm up, 20 with nobody watching, 2 that tell that all are there, 20 that are measured.
        ledger: { publishedCount: 52, deliveredCount: 52, openCount: 0 },
        notices: { owedCount: 132, receivedCount: 132, missingCount: 0, doubleCount: 0, unknownCount: 0, disorderedCount: 0 },
        delays: { fromAnswerMs: { count: 120 }, toFirstMs: { count: 20 }, afterFirstMs: { count: 100 } },
        cpuMsPerThousand: { subscribers: expect.any(Number) },
      },
    ]);
    expect(await readdir(folders.temporary)).toEqual([]);
  });
});
