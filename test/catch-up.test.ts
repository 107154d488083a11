import { describe, expect, it } from 'vitest';
import { CatchUp } from '../src/catch-up.js';
import { FailureLog } from '../src/failure-log.js';
import { keepLog } from './support/log.js';
import { ManualClock } from './support/manual-clock.js';

/** Work of which each run ends when it is told to. */
function startCatchUp() {
  const runs: Array<PromiseWithResolvers<void>> = [];
  const { log, lines } = keepLog();
  const work = () => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  };
  return {
    catchUp: new CatchUp(work, new FailureLog({ log, clock: new ManualClock(), line: 'work.interrupted' })),
    runs,
    levels: () => lines().map(({ level }) => level),
  };
}

const turn = () => new Promise(setImmediate);

describe('catching up', () => {
  it('is done once more after it was asked for while it was done, however often', async () => {
    const { catchUp, runs } = startCatchUp();

    void catchUp.ask();
    void catchUp.ask();
    void catchUp.ask();
    const atOnce = runs.length;
    runs[0]!.resolve();
    await turn();
    const afterwards = runs.length;
    runs[1]!.resolve();
    await turn();

    expect([atOnce, afterwards, runs.length]).toEqual([1, 2, 2]);
  });

  it('is done again when it is asked for the next time after it failed, which is a warning once in a row, and told when it is over', async () => {
    const { catchUp, runs, levels } = startCatchUp();

    for (const isFine of [false, false, true, false]) {
      void catchUp.ask();
      if (isFine) runs.at(-1)!.resolve();
      else runs.at(-1)!.reject(new Error('The database is away.'));
      await turn();
    }

    expect(runs).toHaveLength(4);
    expect(levels()).toEqual([40, 20, 30, 40]);
  });

  it('is over when it is closed, whatever becomes of the run under way', async () => {
    const { catchUp, runs, levels } = startCatchUp();

    void catchUp.ask();
    void catchUp.ask();
    catchUp.close();
    runs[0]!.reject(new Error('The database is closed.'));
    await turn();
    void catchUp.ask();

    expect(runs).toHaveLength(1);
    expect(levels()).toEqual([]);
  });
});
