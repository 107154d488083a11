import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/random.js';
import { SealError } from '../../src/seal/seal-error.js';
import { idOfKey, isSealed, type SealPlace, SealRing } from '../../src/seal/seal-ring.js';

const [KEY, OTHER] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const ring = new SealRing([KEY], systemRandom);
const place: SealPlace = { organizationId: 'o', column: 'webhooks.signing_secret', id: 'w' };

/** `opened`, or why not. */
function tryToOpen(by: SealRing, sealed: string, at: SealPlace = place): string {
  try {
    by.open(sealed, at);
    return 'opened';
  } catch (error) {
    if (error instanceof SealError) return error.message;
    throw error;
  }
}

const CHANGED = 'webhooks.signing_secret of w does not open: it was changed, or comes from another place.';

describe('a sealed text', () => {
  it('opens where it was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(ring.open(ring.seal(text, place), place)).toBe(text);
      }),
    );
  });

  it('names the way it was sealed and the key, and shows nothing else', () => {
    const sealed = ring.seal('a secret', place);

    expect(sealed).toMatch(new RegExp(`^sealed:1:${idOfKey(KEY)}:[\\w-]{48}$`));
    expect(Buffer.from(sealed.split(':')[3]!, 'base64url').toString('latin1')).not.toContain('secret');
  });

  it('is another one each time, since each has an initialization vector of its own', () => {
    const ivs = Array.from({ length: 1000 }, () => ring.seal('a secret', place).split(':')[3]!.slice(0, 16));

    expect(new Set(ivs).size).toBe(1000);
  });

  it('is refused with any of its bytes changed', () => {
    const sealed = ring.seal('a secret', place);
    const [prefix, text] = [ring.firstPrefix, sealed.slice(ring.firstPrefix.length)];
    const bytes = Buffer.from(text, 'base64url');

    const answers = [...bytes.keys()].map((index) => {
      const changed = Buffer.from(bytes);
      changed[index]! ^= 1;
      return tryToOpen(ring, prefix + changed.toString('base64url'));
    });

    expect(answers).toEqual(answers.map(() => CHANGED));
    expect(answers).toHaveLength(12 + 8 + 16);
  });

  it('is refused with any of its characters changed, also where they stand for the same bytes', () => {
    const sealed = ring.seal('a secre', place);

    const answers = [...sealed].map((character, index) =>
      tryToOpen(ring, `${sealed.slice(0, index)}${character === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`),
    );
    const respelled = tryToOpen(ring, sealed.slice(0, -1) + String.fromCharCode(sealed.charCodeAt(sealed.length - 1) + 1));

    expect(answers).not.toContain('opened');
    expect(respelled).not.toBe('opened');
  });

  it.each(['', 'sealed:', 'sealed:1:', 'a secret in plain', 'sealed:2:0badc0de:AAAA'])('is not %j', (stored) => {
    expect(tryToOpen(ring, stored)).toBe('webhooks.signing_secret of w is not sealed as it should be.');
  });

  it.each([1, 8, 24, 40])('is refused with %d characters cut off', (count) => {
    expect(tryToOpen(ring, ring.seal('a secret', place).slice(0, -count))).not.toBe('opened');
  });

  it.each([
    ['of another organization', { ...place, organizationId: 'p' }],
    ['of another row', { ...place, id: 'v' }],
    ['of another column', { ...place, column: 'authentications.client_secret' as const }],
  ])('does not open in the place %s', (_, at) => {
    expect(tryToOpen(ring, ring.seal('a secret', place), at)).toMatch(/ does not open: it was changed, or comes from another place\.$/);
  });

  it('does not open by a ring that lacks its key, which the error names', () => {
    const sealed = ring.seal('a secret', place);

    expect(tryToOpen(new SealRing([OTHER], systemRandom), sealed)).toBe(
      `webhooks.signing_secret of w was sealed with the key ${idOfKey(KEY)}, which is not among the encryption keys.`,
    );
  });

  it('does not open by another key under the same id', () => {
    const sealed = ring.seal('a secret', place).replace(idOfKey(KEY), idOfKey(OTHER));

    expect(tryToOpen(new SealRing([OTHER], systemRandom), sealed)).toBe(CHANGED);
  });
});

describe('a ring of keys', () => {
  it('seals with the first and opens with all', () => {
    const turned = new SealRing([OTHER, KEY], systemRandom);

    expect(turned.seal('a secret', place)).toContain(`:${idOfKey(OTHER)}:`);
    expect(turned.open(ring.seal('a secret', place), place)).toBe('a secret');
    expect(turned.open(turned.seal('a secret', place), place)).toBe('a secret');
  });

  it('tells sealed texts from JSON and from signing secrets', () => {
    expect([ring.seal('', place), '{"sealed":1}', '"sealed:1:"', 'whsec_sealed', ''].map(isSealed)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
