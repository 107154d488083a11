import { describe, expect, it } from 'vitest';
import { findIsolationFaults, isolationOptions } from '../../../bench/isolation/isolation-options.js';
import { readOptions } from '../../../bench/options/read-options.js';

describe('the options of isolation', () => {
  it.each([
    [[]],
    [['--seconds', '3', '--rounds', '1']],
    [['--hooks', '2', '--hanging', '50']],
    [['--form', 'backlog', '--due', '1000000', '--dead', 'refused']],
    [['--form', 'backlog', '--hooks', '2']],
  ])('go together: %j', (words) => {
    expect(faultsOf(words)).toEqual([]);
  });

  it.each([
    [['--due', '5'], ['--due belongs to --form backlog, received --form hanging.']],
    [['--dead', 'hanging'], ['--dead belongs to --form backlog, received --form hanging.']],
    [['--form', 'backlog', '--hanging', '20'], ['--hanging belongs to --form hanging, received --form backlog.']],
    [['--hooks', '2'], ['--hanging: expected some hooks to hang and some to be healthy, received 20 % of 2 hooks.']],
    [['--hooks', '10', '--hanging', '99'], ['--hanging: expected some hooks to hang and some to be healthy, received 99 % of 10 hooks.']],
    [['--rate', '10', '--seconds', '2'], ['--rate: expected at least one event for each of 50 hooks, received 20 events in all.']],
  ])('do not go together: %j', (words, faults) => {
    expect(faultsOf(words)).toEqual(faults);
  });

  function faultsOf(words: string[]): string[] {
    const { values, given } = readOptions(isolationOptions, words);
    return findIsolationFaults(values, given);
  }
});
