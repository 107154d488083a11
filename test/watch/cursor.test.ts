import { describe, expect, it } from 'vitest';
import { cursorOf, sequenceOf } from '../../src/watch/cursor.js';

describe('a cursor', () => {
  it.each([0, 1, 987_654_321, 999_999_999_999_999])('stands for the place %i', (sequence) => {
    expect(sequenceOf(cursorOf(sequence), 'after')).toBe(sequence);
  });

  it.each(['', 'nonsense', '12', Buffer.from('change:-1').toString('base64url'), Buffer.from('change:1e9').toString('base64url')])(
    'is not %j, and the error says where that stood and what is expected',
    (text) => {
      expect(() => sequenceOf(text, 'after')).toThrow(`after: expected a cursor from an earlier notice, received ${JSON.stringify(text)}`);
    },
  );
});
