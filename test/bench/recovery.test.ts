import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- recovery', { timeout: 120_000 }, () => {
  it('delivers by a second server what waited when the first was killed, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--pending', '300', '--hooks', '3', '--results', results];
    await using bench = startProgram([main, 'recovery', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, waitingCount, readySeconds, drain, ledger } = await readResult(results, 'recovery');
    expect([isVoid, waitingCount]).toEqual([false, 300]);
    expect(ledger).toMatchObject({ publishedCount: 300, deliveredCount: 300, openCount: 0, missingCount: 0, unknownCount: 0 });
    expect(readySeconds).toBeGreaterThan(0);
    const times = [0, drain.firstSeconds, drain.everyHookSeconds, drain.lastSeconds];
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(await readdir(temporary)).toEqual([]);
  });
});
