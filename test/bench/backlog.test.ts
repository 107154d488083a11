import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- backlog', { timeout: 120_000 }, () => {
  it('delivers all that was published while the receivers were down, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--database', 'postgres', '--events', '300', '--hooks', '2', '--quiet', '0', '--results', results];
    await using bench = startProgram([main, 'backlog', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, waitingCount, drain, ledger, serverSettings, ...figures } = await readResult(results, 'backlog');
    expect([isVoid, figures.database, waitingCount]).toEqual([false, 'PostgreSQL', 300]);
    expect(ledger).toMatchObject({ publishedCount: 300, deliveredCount: 300, openCount: 0, missingCount: 0, unknownCount: 0 });
    const times = [0, drain.firstSeconds, drain.everyHookSeconds, drain.lastSeconds];
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(drain.deliveriesPerSecond).toBeGreaterThan(0);
    expect(bench.output).toContain(`RETRY_SCHEDULE=${serverSettings.RETRY_SCHEDULE.slice(0, 5)},`);
    expect(await readdir(temporary)).toEqual([]);
  });
});
