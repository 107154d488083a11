import { describe, expect, it } from 'vitest';
import { choice, count, folder } from '../../../bench/options/option-rules.js';
import { OptionError, readOptions } from '../../../bench/options/read-options.js';

const rules = {
  rate: count(300, [1, 5000], 'how fast'),
  form: choice(['hanging', 'backlog'], 'what kind'),
  results: folder('here', 'where to'),
};

describe('options', () => {
  it('have their defaults where nothing is given', () => {
    const { values, given } = readOptions(rules, []);

    expect(values).toEqual({ rate: 300, form: 'hanging', results: 'here' });
    expect([...given]).toEqual([]);
  });

  it('are read in both spellings, and it is known which were given', () => {
    const { values, given } = readOptions(rules, ['--rate', '5', '--form=backlog']);

    expect(values).toEqual({ rate: 5, form: 'backlog', results: 'here' });
    expect([...given]).toEqual(['rate', 'form']);
  });

  it.each([
    [['--rate', '1'], 1],
    [['--rate', '5000'], 5000],
  ])('take their bounds: %j', (words, expected) => {
    expect(readOptions(rules, words).values.rate).toBe(expected);
  });

  it.each([
    ['a number below', ['--rate', '0'], ['--rate: expected a whole number from 1 to 5000, received "0".']],
    ['a number above', ['--rate', '5001'], ['--rate: expected a whole number from 1 to 5000, received "5001".']],
    ['a negative number', ['--rate=-5'], ['--rate: expected a whole number from 1 to 5000, received "-5".']],
    ['a fraction', ['--rate', '1.5'], ['--rate: expected a whole number from 1 to 5000, received "1.5".']],
    ['another spelling of a number', ['--rate', '1e3'], ['--rate: expected a whole number from 1 to 5000, received "1e3".']],
    ['an empty text', ['--rate='], ['--rate: expected a whole number from 1 to 5000, received "".']],
    ['no value', ['--rate'], ['--rate: expected a whole number from 1 to 5000, received nothing.']],
    ['another word', ['--form', 'toString'], ['--form: expected one of hanging, backlog, received "toString".']],
    ['no folder', ['--results='], ['--results: expected a folder, received "".']],
    ['an unknown option and its value', ['--speed', '5'], ['There is no option --speed; there are --rate, --form, --results.']],
    ['a name that every object has', ['--constructor', '5'], ['There is no option --constructor; there are --rate, --form, --results.']],
    ['a short option', ['-r'], ['There is no option -r; there are --rate, --form, --results.']],
    ['a word without an option', ['fast'], ['Expected only options, received "fast".']],
    ['an option twice', ['--rate', '5', '--rate', '6'], ['--rate is given twice.']],
    [
      'several faults at once',
      ['--rate', 'x', 'fast', '--form', 'y'],
      [
        '--rate: expected a whole number from 1 to 5000, received "x".',
        'Expected only options, received "fast".',
        '--form: expected one of hanging, backlog, received "y".',
      ],
    ],
  ])('are refused with a sentence: %s', (_title, words, faults) => {
    expect(faultsOf(words)).toEqual(faults);
  });

  function faultsOf(words: string[]): readonly string[] {
    try {
      readOptions(rules, words);
      return [];
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      return error.faults;
    }
  }
});
