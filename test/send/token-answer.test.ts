import { describe, expect, it } from 'vitest';
import { readTokenAnswer } from '../../src/send/token-answer.js';

describe('readTokenAnswer', () => {
  it.each<[string, unknown, number | null]>([
    ['a whole number', 3600, 3600],
    ['a fraction', 1.5, 1.5],
    ['digits as text', '3600', 3600],
    ['decimals as text', '3600.0', 3600],
    ['a point at the end', '3600.', 3600],
    ['a space before', ' 3600', 3600],
    ['a line break behind', '3600\r\n', 3600],
    ['more than numbers go', '9'.repeat(400), Infinity],
    ['zero as text', '0.0', null],
    ['less than zero as text', '-5', null],
    ['an hour in words', '1h', null],
    ['a duration', 'PT1H', null],
    ['spaces', '   ', null],
    ['nothing', undefined, null],
    ['null', null, null],
    ['zero', 0, null],
    ['less than zero', -5, null],
    ['text', 'soon', null],
    ['an empty text', '', null],
    ['a list', [3600], null],
    ['true', true, null],
  ])('takes %s as expires_in', (_title, expiresIn, expected) => {
    const answer = readTokenAnswer(200, JSON.stringify({ access_token: 'abc', token_type: 'bearer', expires_in: expiresIn }));

    expect(answer).toEqual({ token: 'abc', expiresInSeconds: expected });
  });

  it.each([undefined, null, '', 'bearer', 'Bearer', 'BEARER', ' Bearer ', 'BearerToken', 'bearer_token'])(
    'takes a token of the type %j',
    (type) => {
      const answer = readTokenAnswer(200, JSON.stringify({ access_token: 'abc', token_type: type }));

      expect(answer).toEqual({ token: 'abc', expiresInSeconds: null });
    },
  );

  it.each([
    ['mac', ' (mac)'],
    ['MAC', ' (MAC)'],
    ['DPoP', ' (DPoP)'],
    ['n_a', ' (n_a)'],
    ['Hunter2', ''],
    ['bearer, mac', ''],
    [' '.repeat(60_000) + 'x', ''],
    [7, ''],
    [['bearer'], ''],
    [{}, ''],
    [true, ''],
  ])('refuses a token of the type %j', (type, named) => {
    const answer = readTokenAnswer(200, JSON.stringify({ access_token: 'abc', token_type: type }));

    expect(answer).toEqual({ failure: `The token server gave a token of another type${named}; only bearer tokens can be sent.` });
  });

  it('takes a token without the spaces around it, which a header would lose', () => {
    expect(readTokenAnswer(200, '{"access_token":" a bc  "}')).toEqual({ token: 'a bc', expiresInSeconds: null });
  });

  it.each([200, 201, 203, 299])('takes a token with %i', (status) => {
    expect(readTokenAnswer(status, '{"access_token":"abc"}')).toEqual({ token: 'abc', expiresInSeconds: null });
  });

  it.each([199, 300, 304, 400])('takes no token with %i', (status) => {
    expect(readTokenAnswer(status, '{"access_token":"abc"}')).toEqual({ failure: `The token server answered ${status}.` });
  });

  it.each<[string | null, unknown, string | undefined]>([
    ['read write', 'read', 'read'],
    ['read write', 'other read', 'read'],
    ['read write', ['write'], 'write'],
    ['read write', '', ''],
    ['read write', 'hunter2', ''],
    ['read write', 'write read', undefined],
    ['read write', 'read write more', undefined],
    ['read write', 'read,write', undefined],
    ['read  write ', 'read write', undefined],
    ['read write', undefined, undefined],
    ['read write', null, undefined],
    ['read write', 7, undefined],
    ['read write', ['read', 7], undefined],
    [null, 'read', undefined],
  ])('says of the scope %j, answered by %j, that %j was granted', (asked, answered, grantedScope) => {
    const answer = readTokenAnswer(200, JSON.stringify({ access_token: 'abc', scope: answered }), asked);

    expect(answer).toEqual({ token: 'abc', expiresInSeconds: null, grantedScope });
  });

  it.each([
    ['an error', 401, '{"error":"invalid_client"}', 'The token server answered 401 (invalid_client).'],
    ['an error without a code', 500, 'Internal Server Error', 'The token server answered 500.'],
    ['a redirect', 302, '', 'The token server answered 302.'],
    ['an error inside of 200', 200, '{"error":"invalid_scope"}', 'The token server answered 200 without an access token (invalid_scope).'],
    ['an error inside of 201', 201, '{"error":"invalid_scope"}', 'The token server answered 201 without an access token (invalid_scope).'],
    ['nothing with 204', 204, '', 'The token server answered 204, but not with a JSON object.'],
    ['HTML', 200, '<html>hello</html>', 'The token server answered 200, but not with a JSON object.'],
    ['a list', 200, '["abc"]', 'The token server answered 200, but not with a JSON object.'],
    ['null', 200, 'null', 'The token server answered 200, but not with a JSON object.'],
    ['no token', 200, '{}', 'The token server answered 200 without an access token.'],
    ['a token of spaces', 200, '{"access_token":"  "}', 'The token server answered 200 without an access token.'],
    ['an empty token', 200, '{"access_token":""}', 'The token server answered 200 without an access token.'],
    ['a token that is no text', 200, '{"access_token":5}', 'The token server answered 200 without an access token.'],
  ])('fails on %s', (_title, status, text, failure) => {
    expect(readTokenAnswer(status, text)).toEqual({ failure });
  });

  it.each([
    ['a line feed', 'a\nx: y'],
    ['a carriage return', 'a\r'],
    ['NUL', 'a\0'],
    ['DEL', 'a\x7f'],
    ['an umlaut', 'ä'],
    ['an emoji', '😀'],
  ])('refuses a token with %s', (_title, token) => {
    const answer = readTokenAnswer(200, JSON.stringify({ access_token: token }));

    expect(answer).toEqual({ failure: 'The token server gave an access token that no header can hold.' });
  });

  it.each(['the secret is hunter2', 'HUNTER2', 'a'.repeat(41), 'a-b', ''])('does not repeat %j, which is no plain error code', (error) => {
    const answer = readTokenAnswer(400, JSON.stringify({ error, error_description: 'hunter2' }));

    expect(answer).toEqual({ failure: 'The token server answered 400.' });
  });
});
