import { describe, expect, it } from 'vitest';
import { OptionError, readOptions } from '../../../bench/options/read-options.js';
import { findServersFaults, serverCountsOf, serversOptions } from '../../../bench/servers/servers-options.js';

describe('the options of servers', () => {
  it.each([
    [[]],
    [['--servers', '2']],
    [['--database', 'sqlite']],
    [['--database', 'sqlite', '--servers', '1']],
    [['--hooks', '12', '--fan-out', '4']],
  ])('go together: %j', (words) => {
    expect(faultsOf(words)).toEqual([]);
  });

  it.each([
    [['--database', 'sqlite', '--servers', '1,2'], ['--servers: expected 1 with --database sqlite, received 1,2.']],
    [['--hooks', '10', '--fan-out', '4'], ['--hooks: expected a multiple of --fan-out, which is 4, received 10.']],
  ])('do not go together: %j', (words, faults) => {
    expect(faultsOf(words)).toEqual(faults);
  });

  it.each(['', '0', '9', '1,', '1,1', '1,x'])('do not take %j as counts of servers', (text) => {
    expect(() => readOptions(serversOptions, ['--servers', text])).toThrow(
      new OptionError([
        `--servers: expected whole numbers from 1 to 8, none twice, with commas between, received ${JSON.stringify(text)}.`,
      ]),
    );
  });

  it('say which forms there are', () => {
    expect(serverCountsOf(settingsOf([]))).toEqual([1, 2, 3]);
    expect(serverCountsOf(settingsOf(['--servers', '4,2']))).toEqual([4, 2]);
    expect(serverCountsOf(settingsOf(['--database', 'sqlite']))).toEqual([1]);
  });

  function settingsOf(words: string[]) {
    return readOptions(serversOptions, words).values;
  }

  function faultsOf(words: string[]): string[] {
    const { values, given } = readOptions(serversOptions, words);
    return findServersFaults(values, given);
  }
});
