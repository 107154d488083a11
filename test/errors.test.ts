import { describe, expect, it } from 'vitest';
import { badInput, describe as describeValue, describeType, notFound } from '../src/errors.js';

describe('badInput', () => {
  it('says one fault in one sentence', () => {
    const error = badInput([{ path: 'hooks[3].endpoint', received: '"ftp://a"', expected: 'an http or https URL' }]);

    expect(error.code).toBe('BAD_USER_INPUT');
    expect(error.message).toBe('hooks[3].endpoint: expected an http or https URL, received "ftp://a"');
  });

  it('lists several faults and keeps each for programs', () => {
    const faults = [
      { path: 'name', received: 'nothing', expected: 'a string' },
      { path: '', received: '3', expected: 'an object' },
    ];

    const error = badInput(faults);

    expect(error.message).toBe('2 faults:\n- name: expected a string, received nothing\n- value: expected an object, received 3');
    expect(error.faults).toEqual(faults);
  });
});

describe('notFound', () => {
  it('names the noun and the id that was asked for', () => {
    const error = notFound('webhook', 'abc');

    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toBe('There is no webhook with the id "abc".');
  });
});

describe('a received value', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a', '"a"'],
    ['', '""'],
    [3, '3'],
    [[1, { a: true }], '[1,{"a":true}]'],
  ])('repeats %j as %s', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('shortens what is long', () => {
    const text = describeValue('a'.repeat(1000));

    expect(text).toBe(`"${'a'.repeat(79)}…`);
  });
});

describe('describeType', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['', 'an empty string'],
    ['super-secret', 'a string'],
    [3, 'a number'],
    [false, 'a boolean'],
    [['super-secret'], 'a list'],
    [{ secret: 'super-secret' }, 'an object'],
  ])('says of %j only that it is %s', (value, text) => {
    expect(describeType(value)).toBe(text);
  });
});
