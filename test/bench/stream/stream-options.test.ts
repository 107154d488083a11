import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/options/read-options.js';
import { findStreamFaults, streamOptions } from '../../../bench/stream/stream-options.js';

describe('the options of stream', () => {
  it('read forms', () => {
    expect(readOptions(streamOptions, ['--forms', '1x1000,20x3']).values.forms).toEqual([
      { organizationCount: 1, subscribersEach: 1000 },
      { organizationCount: 20, subscribersEach: 3 },
    ]);
  });

  it('show the forms that are measured by default as they would be written', () => {
    const { forms } = streamOptions;

    expect(forms.read(forms.defaultShown!)).toEqual(forms.byDefault);
  });

  it.each(['', '0x1', '1x0', '1', '1x', '1x2x3', '1x2,', '1x2,1x2', '1000x101'])('do not take %j as forms', (text) => {
    expect(() => readOptions(streamOptions, ['--forms', text])).toThrow('--forms: expected pairs such as 1x1000');
  });

  it.each([
    [['--forms', '1000x10'], 20_000, []],
    [['--forms', '1000x10'], null, []],
    [
      ['--forms', '1000x10'],
      4096,
      ['--forms: 1000x10 takes 11500 open files in a process, and the system allows 4096: raise it, or --per-socket.'],
    ],
    [['--forms', '1000x10', '--per-socket', '10'], 4096, []],
  ])('go by what the system allows: %j of %j', (words, fileLimit, faults) => {
    const { values, given } = readOptions(streamOptions, words);

    expect(findStreamFaults(values, given, fileLimit)).toEqual(faults);
  });
});
