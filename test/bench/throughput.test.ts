import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeFreePort } from '../../bench/stage/free-port.js';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--hooks', '4', '--events', '60', '--warmup', '10', '--rounds', '1'];

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- throughput', { timeout: 120_000 }, () => {
  it('accounts for every delivery of each form on both databases and of the yardsticks, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--database', 'both', '--publish', 'single', '--fan-out', '4', ...quick, '--results', results];
    await using bench = startProgram([main, 'throughput', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    expect(bench.output).toContain('BullMQ was left out: --redis names no Redis.');
    const { isVoid, forms, yardsticks, runs } = await readResult(results, 'throughput');
    expect(isVoid).toBe(false);
    expect(yardsticks).toMatchObject([
      { name: 'client-loop', deliveriesPerSecond: expect.any(Number), cpuSecondsPerThousand: { servers: expect.any(Number) } },
      { name: 'bare-store', deliveriesPerSecond: expect.any(Number), cpuSecondsPerThousand: { servers: expect.any(Number) } },
    ]);
    const form = { publish: 'single', fanOut: 4 };
    const toYardsticks = { 'client-loop': expect.any(Number), 'bare-store': expect.any(Number), bullmq: null };
    expect(forms).toMatchObject([
      { ...form, database: 'sqlite', ratios: { ...toYardsticks, sqlite: null } },
      { ...form, database: 'postgres', ratios: { ...toYardsticks, sqlite: expect.any(Number) } },
    ]);
    for (const { ledger } of runs.forms) expect(ledger).toMatchObject({ publishedCount: 72, deliveredCount: 72, openCount: 0 });
    expect(await readdir(temporary)).toEqual([]);
  });

  it('says so where the Redis is not there, and has no result', async (test) => {
    const { results } = await makeFolders(test);
    const redis = `redis://127.0.0.1:${await takeFreePort()}`;
    await using bench = startProgram([main, 'throughput', ...quick, '--fan-out', '1', '--redis', redis, '--results', results]);

    expect(await bench.ended()).toBe(1);
    expect(bench.errors).toContain('The yardstick BullMQ broke: Error: Connection is closed.');
    expect(await readdir(results)).toEqual([]);
  });
});
