import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--stored', '0,300', '--hooks', '3', '--warmup', '10', '--rate', '20', '--seconds', '1', '--rounds', '2'];

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
      const { isVoid, forms, runs } = await readResult(results, 'growth');
      expect(isVoid).toBe(false);
      const ofBoth = { latencyMs: { count: 20 }, ledger: { openCount: 0 }, ratios: [expect.any(Number), expect.any(Number)] };
      expect(forms).toMatchObject([
        { ...ofBoth, storedCount: 0, storedBytesPerDelivery: null },
        { ...ofBoth, storedCount: 300, storedBytesPerDelivery: expect.any(Number) },
      ]);
      for (const { ledger, rounds } of runs) {
        expect(ledger.publishedCount).toBeGreaterThan(50);
        expect(ledger.deliveredCount).toBe(ledger.publishedCount);
        for (const { deliveriesPerSecond } of rounds) expect(deliveriesPerSecond).toBeGreaterThan(0);
      }
      expect(bench.output.match(/round \d of 2, \d+ stored: carried/g)).toEqual(
        [
          [1, 0],
          [1, 300],
          [2, 300],
          [2, 0],
        ].map(([round, count]) => `round ${round} of 2, ${count} stored: carried`),
      );
      expect(await readdir(temporary)).toEqual([]);
    },
  );
});
