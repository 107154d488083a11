import { describe, expect, it } from 'vitest';
import { cursorOf, sequenceOf } from '../../src/watch/cursor.js';

describe('a cursor', () => {
  it.each([0, 1, 987_654_321, 999_999_999_999_999])('stands for the place %i', (sequence) => {
    expect(sequenceOf('change', cursorOf('change', sequence), 'after')).toBe(sequence);
  });

  it.each([
    '',
    'nonsense',
    '12',
    ...['change:-1', 'change:1e9', 'change:1:2', 'health:1'].map((text) => Buffer.from(text).toString('base64url')),
  ])('is not %j, and the error says where that stood and what is expected', (text) => {
    expect(() => sequenceOf('change', text, 'after')).toThrow(
      `after: expected a cursor from an earlier notice, received ${JSON.stringify(text)}`,
    );
  });
});
