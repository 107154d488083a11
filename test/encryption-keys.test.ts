import { describe, expect, it } from 'vitest';
import { describeWrongKeys, readEncryptionKeys } from '../src/encryption-keys.js';

const key = (byte: number) => Buffer.alloc(32, byte);
const [one, other] = [key(251), key(252)];

describe('readEncryptionKeys', () => {
  it.each([
    ['one', one.toString('base64'), [one]],
    ['one in the alphabet of URLs', one.toString('base64url'), [one]],
    ['two with a comma', `${one.toString('base64')},${other.toString('base64')}`, [one, other]],
    ['two on lines of a file', `${one.toString('base64')}\r\n${other.toString('base64')}\n`, [one, other]],
  ])('reads %s', (_, text, keys) => {
    expect(readEncryptionKeys(text)).toEqual(keys);
  });

  it.each([
    ['none', ' , '],
    ['one that is too short', Buffer.alloc(31, 1).toString('base64')],
    ['one that is too long', Buffer.alloc(33, 1).toString('base64')],
    ['one in hex', one.toString('hex')],
    ['one that is not base64', `${one.toString('base64').slice(0, 42)}*=`],
    ['one of which one key is nothing', `${one.toString('base64')},x`],
    ['the same key twice', `${one.toString('base64')},${one.toString('base64url')}`],
  ])('refuses %s', (_, text) => {
    expect(readEncryptionKeys(text)).toBeUndefined();
  });
});

describe('describeWrongKeys', () => {
  const CANARY = 'canary';

  it.each([
    ['nothing', ' , ', 'none'],
    ['one that is none', CANARY, 'one that is none: it has 6 characters, and a key 44 of A-Z, a-z, 0-9, + / ='],
    [
      'one of two that is none',
      `${one.toString('base64')},${CANARY}`,
      '2, of which number 2 is none: it has 6 characters, and a key 44 of A-Z, a-z, 0-9, + / =',
    ],
    ['one that is there twice', `${one.toString('base64')},${one.toString('base64url')}`, '2, of which number 2 is there before'],
  ])('tells where the fault is and nothing of a key: %s', (_, text, described) => {
    expect(describeWrongKeys(text)).toBe(described);
  });
});
