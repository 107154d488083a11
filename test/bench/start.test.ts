import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- start', { timeout: 120_000 }, () => {
  it('starts the server without and with a past, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--events', '150,0', '--rounds', '1', '--results', results];
    await using bench = startProgram([main, 'start', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, forms } = await readResult(results, 'start');
    expect(isVoid).toBe(false);
    expect(forms).toMatchObject([
      { database: 'SQLite', eventCount: 0, readyMs: [expect.any(Number)], faults: [] },
      { database: 'SQLite', eventCount: 150, readyMs: [expect.any(Number)], faults: [] },
    ]);
    for (const { readyMs, startedMs, medianReadyMs } of forms) {
      expect(readyMs[0]).toBeGreaterThan(0);
      expect(startedMs[0]).toBeGreaterThanOrEqual(readyMs[0]);
      expect(medianReadyMs).toBe(readyMs[0]);
    }
    expect(await readdir(temporary)).toEqual([]);
  });
});
