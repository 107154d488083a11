import { describe, expect, it } from 'vitest';
import { isolationOptions } from '../../../bench/isolation/isolation-options.js';
import { planRuns } from '../../../bench/isolation/plan-runs.js';
import { readOptions } from '../../../bench/options/read-options.js';

describe('the two runs of a round', () => {
  it('have the same load and measure the same hooks, and some hooks hang in one of them', () => {
    const { clean, troubled } = planRuns(settingsOf('--hooks', '10', '--hanging', '20'));

    expect(clean).toMatchObject({ kind: 'clean', backlog: null });
    expect(troubled).toMatchObject({ kind: 'hanging', backlog: null });
    expect(clean.hooks.map(({ behaviour }) => behaviour)).not.toContain('hang');
    expect(troubled.hooks.flatMap(({ behaviour }, index) => (behaviour === 'hang' ? [index] : []))).toEqual([4, 9]);
    expect(troubled.hooks.map(({ isMeasured }) => isMeasured)).toEqual(troubled.hooks.map(({ behaviour }) => behaviour === 'answer'));
    expect(clean.hooks.map(({ isMeasured }) => isMeasured)).toEqual(troubled.hooks.map(({ isMeasured }) => isMeasured));
    expect([clean.ratePerSecond, clean.seconds, clean.warmupSeconds]).toEqual([
      troubled.ratePerSecond,
      troubled.seconds,
      troubled.warmupSeconds,
    ]);
  });

  it.each([
    ['50', '20', 10],
    ['3', '50', 2],
    ['7', '99', 7],
  ])('let of %s hooks %s %% hang', (hooks, hanging, count) => {
    const { troubled } = planRuns(settingsOf('--hooks', hooks, '--hanging', hanging));

    expect(troubled.hooks.filter(({ behaviour }) => behaviour === 'hang')).toHaveLength(count);
  });

  it('measure all hooks where the trouble is one more hook with a backlog', () => {
    const { clean, troubled } = planRuns(settingsOf('--form', 'backlog', '--due', '7', '--dead', 'refused'));

    expect(troubled).toEqual({ ...clean, kind: 'backlog', backlog: { dueCount: 7, dead: 'refused' } });
    expect(clean.hooks).toEqual(Array.from({ length: 50 }, () => ({ behaviour: 'answer', isMeasured: true })));
  });

  function settingsOf(...words: string[]) {
    return readOptions(isolationOptions, words).values;
  }
});
