import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--hooks', '12', '--events', '60', '--warmup', '12', '--rate', '20', '--seconds', '1'];

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- servers', { timeout: 120_000 }, () => {
  it('closes its ledger over two servers on PostgreSQL, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--servers', '2', '--fan-out', '2', ...quick, '--results', results];
    await using bench = startProgram([main, 'servers', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, runs, forms } = await readResult(results, 'servers');
    expect(isVoid).toBe(false);
    expect(forms).toMatchObject([{ serverCount: 2, connectionCount: expect.any(Number), logBytesPerDelivery: expect.any(Number) }]);
    const [{ ledger, delays }] = runs;
    expect(ledger).toMatchObject({ publishedCount: 184, deliveredCount: 184, openCount: 0, missingCount: 0, unknownCount: 0 });
    expect(delays.bySameMs.count + delays.byOtherMs.count + delays.unknownCount).toBe(40);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('closes its ledger on SQLite with events in bulk', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--database', 'sqlite', '--publish', 'bulk', ...quick, '--results', results];
    await using bench = startProgram([main, 'servers', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    const { isVoid, runs } = await readResult(results, 'servers');
    expect(isVoid).toBe(false);
    expect(runs).toMatchObject([
      {
        serverCount: 1,
        connectionCount: null,
        ledger: { publishedCount: 92, deliveredCount: 92, openCount: 0 },
        delays: { bySameMs: { count: 20 }, byOtherMs: { count: 0 }, unknownCount: 0 },
      },
    ]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('leaves nothing when it is stopped in the middle', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--servers', '1', '--events', '100000', '--results', results];
    await using bench = startProgram([main, 'servers', ...words], { env: { TMPDIR: temporary } });
    await bench.says(/deliveries owed/);

    bench.signal('SIGINT');

    expect(await bench.ended()).toBe(130);
    expect(bench.errors).toBe('Stopped: there is no result.\n');
    expect([await readdir(temporary), await readdir(results)]).toEqual([[], []]);
  });
});
