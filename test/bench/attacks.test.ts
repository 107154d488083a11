import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { knownAttacks } from '../../bench/attacks/known-attacks.js';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');

// Processes on a busy machine take longer than a test usually may.
it('npm run bench -- attacks closes its ledger in spite of them, and leaves nothing but its result', { timeout: 120_000 }, async (test) => {
  const { temporary, results } = await makeFolders(test);
  const words = ['--seconds', '2', '--warmup', '0', '--pause', '100', '--results', results];
  await using bench = startProgram([main, 'attacks', ...words], { env: { TMPDIR: temporary } });

  const status = await bench.ended();

  expect(bench.errors).toBe('');
  expect(status).toBe(0);
  const { isVoid, kinds, runs } = await readResult(results, 'attacks');
  expect(isVoid).toBe(false);
  expect(kinds).toMatchObject([
    { kind: 'quiet', latencyMs: { count: 100 } },
    { kind: 'attacked', latencyMs: { count: 100 } },
  ]);
  expect(runs).toMatchObject([
    { kind: 'quiet', attacks: [], ledger: { publishedCount: 100, deliveredCount: 100, openCount: 0 } },
    {
      kind: 'attacked',
      attacks: knownAttacks.map(({ name }) => ({ name, faults: [] })),
      ledger: { publishedCount: 100, deliveredCount: 100, openCount: 0 },
    },
  ]);
  expect(await readdir(temporary)).toEqual([]);
});
