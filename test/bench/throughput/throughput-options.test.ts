import { describe, expect, it } from 'vitest';
import { OptionError, readOptions } from '../../../bench/options/read-options.js';
import {
  eventCountFor,
  findThroughputFaults,
  formsOf,
  throughputOptions,
  yardsticksOf,
} from '../../../bench/throughput/throughput-options.js';

describe('the options of throughput', () => {
  it('say which forms there are', () => {
    expect(formsOf(settingsOf(['--publish', 'bulk', '--fan-out', '10,1']))).toEqual([
      { database: 'sqlite', publish: 'bulk', fanOut: 10 },
      { database: 'sqlite', publish: 'bulk', fanOut: 1 },
    ]);
    expect(formsOf(settingsOf([])).map(({ publish, fanOut }) => `${publish} ${fanOut}`)).toEqual([
      'single 1',
      'single 10',
      'single 100',
      'bulk 1',
      'bulk 10',
      'bulk 100',
    ]);
  });

  it('have each form on both databases one right after the other', () => {
    const forms = formsOf(settingsOf(['--database', 'both', '--fan-out', '1']));

    expect(forms.map(({ database, publish }) => `${publish} ${database}`)).toEqual([
      'single sqlite',
      'single postgres',
      'bulk sqlite',
      'bulk postgres',
    ]);
  });

  it('leave BullMQ out where there is no Redis', () => {
    expect(yardsticksOf(settingsOf([]))).toEqual(['client-loop', 'bare-store']);
    expect(yardsticksOf(settingsOf(['--redis', 'redis://127.0.0.1:6379']))).toEqual(['client-loop', 'bare-store', 'bullmq']);
  });

  it('make as many deliveries of every form, or a few more', () => {
    expect([1, 10, 100].map((fanOut) => eventCountFor(1050, fanOut))).toEqual([1050, 105, 11]);
  });

  it('do not go together where a fan-out does not divide the hooks', () => {
    expect(findThroughputFaults(settingsOf(['--hooks', '30']))).toEqual([
      '--hooks: expected a multiple of each --fan-out, among them 100, received 30.',
    ]);
    expect(findThroughputFaults(settingsOf([]))).toEqual([]);
  });

  it.each(['', '127.0.0.1:6379', 'http://127.0.0.1', 'redis://'])('do not take %j as a Redis', (text) => {
    expect(() => settingsOf(['--redis', text])).toThrow(
      new OptionError([`--redis: expected redis://host:port, received ${JSON.stringify(text)}.`]),
    );
  });

  function settingsOf(words: string[]) {
    return readOptions(throughputOptions, words).values;
  }
});
