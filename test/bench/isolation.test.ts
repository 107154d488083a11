import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startProgram } from '../readme/program.js';
import { BUILT_DIR } from '../support/build.js';
import { makeFolders, readResult } from './folders.js';

const main = join(BUILT_DIR, 'bench/main.js');
const quick = ['--rate', '50', '--seconds', '1', '--warmup', '0', '--rounds', '1'];

// Runs side by side on a busy machine take longer than a test usually may.
describe.concurrent('npm run bench -- isolation', { timeout: 120_000 }, () => {
  it('closes its ledger while a hook hangs, and leaves nothing but its result', async (test) => {
    const { temporary, results } = await makeFolders(test);
    await using bench = startProgram([main, 'isolation', '--hooks', '5', ...quick, '--results', results], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    test
      .expect(bench.output)
      .toMatch(/round 1 of 1, clean: .* the ledger is closed\n(.*\n)*round 1 of 1, hanging: .* the ledger is closed/);
    const { isVoid, runs, ratios, machine } = await readResult(results, 'isolation');
    expect([isVoid, ratios.length, machine.coreCount > 0]).toEqual([false, 1, true]);
    expect(runs).toMatchObject([
      { kind: 'clean', latencyMs: { count: 40 }, ledger: { publishedCount: 50, deliveredCount: 50, openCount: 0 } },
      { kind: 'hanging', latencyMs: { count: 40 }, ledger: { publishedCount: 50, deliveredCount: 40, openCount: 10 } },
    ]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('closes its ledger while a dead hook has a backlog', async (test) => {
    const { temporary, results } = await makeFolders(test);
    const words = ['--form', 'backlog', '--due', '1100', '--dead', 'refused', '--hooks', '2', ...quick, '--results', results];
    await using bench = startProgram([main, 'isolation', ...words], { env: { TMPDIR: temporary } });

    const status = await bench.ended();

    expect(bench.errors).toBe('');
    expect(status).toBe(0);
    expect((await readResult(results, 'isolation')).runs).toMatchObject([
      { kind: 'clean', latencyMs: { count: 50 }, ledger: { publishedCount: 50, deliveredCount: 50, openCount: 0 } },
      { kind: 'backlog', latencyMs: { count: 50 }, ledger: { publishedCount: 1150, deliveredCount: 50, openCount: 1100 } },
    ]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('leaves nothing when it is stopped in the middle', async (test) => {
    const { temporary, results } = await makeFolders(test);
    await using bench = startProgram([main, 'isolation', '--results', results], { env: { TMPDIR: temporary } });
    await bench.says(/events sent/);

    bench.signal('SIGINT');

    expect(await bench.ended()).toBe(130);
    expect(bench.errors).toBe('Stopped: there is no result.\n');
    expect([await readdir(temporary), await readdir(results)]).toEqual([[], []]);
  });

  it.each([
    [
      [],
      'Expected a scenario (throughput, latency, isolation, attacks, servers, backlog, recovery, start, stream, growth, growth-layout), received nothing.',
    ],
    [
      ['speed'],
      'Expected a scenario (throughput, latency, isolation, attacks, servers, backlog, recovery, start, stream, growth, growth-layout), received "speed".',
    ],
    [['isolation', '--rate', 'fast'], '--rate: expected a whole number from 1 to 5000, received "fast".'],
    [['isolation', '--due', '5'], '--due belongs to --form backlog, received --form hanging.'],
  ])('refuses %j with a sentence', async (words, sentence) => {
    await using bench = startProgram([main, ...words]);

    expect(await bench.ended()).toBe(2);
    expect(bench.errors).toBe(`${sentence}\n\nnpm run bench -- --help tells what there is.\n`);
  });

  it('tells how it is called', async () => {
    await using bench = startProgram([main, '--help']);

    expect(await bench.ended()).toBe(0);
    expect(bench.output).toContain('npm run bench -- <scenario> [options]');
    expect(bench.output).toMatch(/--due <1-10000000> .*\(100000\)/);
  });
});
