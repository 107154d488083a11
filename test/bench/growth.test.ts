import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--stored', '0,300', '--hooks', '3', '--warmup', '10', '--rate', '20', '--seconds', '1'];

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- growth', { timeout: 120_000 }, () => {
  it.for(['sqlite', 'postgres'])(
    'closes its ledger beside what is stored on %s, and leaves nothing but its result',
    async (database, test) => {
      const { temporary, results } = await makeFolders(test);
      const words = ['--database', database, ...quick, '--results', results];
      await using bench = startProgram([main, 'growth', ...words], { env: { TMPDIR: temporary } });

      const status = await bench.ended();

      expect(bench.errors).toBe('');
      expect(status).toBe(0);
      const { isVoid, runs, ratios } = await readResult(results, 'growth');
      expect([isVoid, ratios.length]).toEqual([false, 2]);
      expect(runs).toMatchObject([
        { storedCount: 0, storedBytesPerDelivery: null, latencyMs: { count: 20 }, ledger: { openCount: 0 } },
        { storedCount: 300, storedBytesPerDelivery: expect.any(Number), latencyMs: { count: 20 }, ledger: { openCount: 0 } },
      ]);
      for (const { ledger, deliveriesPerSecond } of runs) {
        expect(ledger.publishedCount).toBeGreaterThan(30);
        expect(ledger.deliveredCount).toBe(ledger.publishedCount);
        expect(deliveriesPerSecond).toBeGreaterThan(0);
      }
      expect(await readdir(temporary)).toEqual([]);
    },
  );
});
