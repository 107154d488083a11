import { describe, expect, it } from 'vitest';
import { authenticationHeader, maskedFormat, maskedHeader, secretsBeside } from '../../src/send/authentication-header.js';
import { makeCredentials } from './makers.js';

describe('authenticationHeader', () => {
  it.each([
    ['Bearer %ACCESS_TOKEN%', 'abc', 'Bearer abc'],
    ['%ACCESS_TOKEN%', 'abc', 'abc'],
    ['a=%ACCESS_TOKEN%; b=%ACCESS_TOKEN%', 'abc', 'a=abc; b=abc'],
    ['Bearer %ACCESS_TOKEN%', "$&$1$`$'$$", "Bearer $&$1$`$'$$"],
    ['Bearer %ACCESS_TOKEN%', '%ACCESS_TOKEN%', 'Bearer %ACCESS_TOKEN%'],
    ['fixed', 'abc', 'fixed'],
  ])('makes of %j and %j the value %j', (headerValueFormat, token, value) => {
    const header = authenticationHeader(makeCredentials('', { headerFormat: 'X-Token', headerValueFormat }), token);

    expect(header).toEqual({ name: 'X-Token', value });
  });

  it.each(['', 'a b', 'a:b', 'ä', 'a\r\nb', 'Host', 'content-length', 'Webhook-Signature', 'Transfer-Encoding'])(
    'makes no header of the name %j',
    (headerFormat) => {
      expect(authenticationHeader(makeCredentials('', { headerFormat }), 'abc')).toBeNull();
    },
  );

  it.each(['%ACCESS_TOKEN%\r\nx: y', 'ä %ACCESS_TOKEN%'])('makes no header of the value %j', (headerValueFormat) => {
    expect(authenticationHeader(makeCredentials('', { headerValueFormat }), 'abc')).toBeNull();
  });
});

describe('maskedHeader', () => {
  it.each([
    ['Bearer %ACCESS_TOKEN%', 'Bearer ***'],
    ['%ACCESS_TOKEN%', '***'],
    ['key=canary; token=%ACCESS_TOKEN%', '***'],
    ['canary %ACCESS_TOKEN%', '***'],
    ['OAuth %ACCESS_TOKEN%', 'OAuth ***'],
    ['Bearer %ACCESS_TOKEN% x-api-key=canary', 'Bearer ***'],
    ['Bearer ', 'Bearer '],
  ])('shows of %j no more than %j', (headerValueFormat, value) => {
    expect(maskedHeader(makeCredentials('', { headerFormat: 'X-Token', headerValueFormat }))).toEqual({ name: 'X-Token', value });
  });
});

describe('maskedFormat', () => {
  it.each(['Bearer %ACCESS_TOKEN%', 'bearer %ACCESS_TOKEN%', 'Token %ACCESS_TOKEN%', 'OAuth  %ACCESS_TOKEN%', '%ACCESS_TOKEN%'])(
    'leaves %j as it is',
    (format) => expect(maskedFormat(format)).toBe(format),
  );

  it.each([
    ['Bearer %ACCESS_TOKEN% x-api-key=SECRET', 'Bearer %ACCESS_TOKEN%***'],
    ['Token token=%ACCESS_TOKEN%, key=abc123', 'Token ***%ACCESS_TOKEN%***'],
    ['Basic canary %ACCESS_TOKEN%', 'Basic ***%ACCESS_TOKEN%'],
    ['canary %ACCESS_TOKEN%', '***%ACCESS_TOKEN%'],
    ['Bearercanary %ACCESS_TOKEN%', '***%ACCESS_TOKEN%'],
    ['canary Bearer %ACCESS_TOKEN%', '***%ACCESS_TOKEN%'],
    ['a=%ACCESS_TOKEN%; b=%ACCESS_TOKEN%', '***%ACCESS_TOKEN%***%ACCESS_TOKEN%'],
  ])('shows %j as %j', (format, shown) => expect(maskedFormat(format)).toBe(shown));
});

describe('secretsBeside', () => {
  it('finds values without their names, and leaves out what is too short to tell from other words', () => {
    expect(secretsBeside('Token token="%ACCESS_TOKEN%", key="canary=="; x-api-key: canary-2, v=1')).toEqual(['canary==', 'canary-2']);
  });
});
