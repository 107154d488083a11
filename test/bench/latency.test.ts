import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');

// Processes on a busy machine take longer than a test usually may.
it('npm run bench -- latency closes its ledger, and leaves nothing but its result', { timeout: 120_000 }, async (test) => {
  const { temporary, results } = await makeFolders(test);
  const words = ['--rates', '50', '--seconds', '1', '--warmup', '0', '--hooks', '3', '--results', results];
  await using bench = startProgram([main, 'latency', ...words], { env: { TMPDIR: temporary } });

  const status = await bench.ended();

  expect(bench.errors).toBe('');
  expect(status).toBe(0);
  const { isVoid, rates, runs } = await readResult(results, 'latency');
  expect(isVoid).toBe(false);
  expect(rates).toMatchObject([{ ratePerSecond: 50, latencyMs: { count: 50 }, generatorLateMs: { count: 50 } }]);
  const { latencyMs, generatorLateMs, ledger } = runs[0];
  expect(latencyMs.p50).toBeGreaterThan(generatorLateMs.p50);
  expect(ledger).toMatchObject({ publishedCount: 50, deliveredCount: 50, openCount: 0 });
  expect(await readdir(temporary)).toEqual([]);
});
