import { describe, expect, it } from 'vitest';
import { hashOf, hintOf, kindOf, makeKey } from '../../src/api-keys/key-text.js';
import { systemRandom } from '../../src/random.js';

describe('a key', () => {
  it.each([
    ['API_KEY', /^hg_[0-9a-f]{56}$/],
    ['STREAM_TOKEN', /^hgs_[0-9a-f]{56}$/],
  ] as const)('of the kind %s is known by how it is spelled', (kind, spelling) => {
    const key = makeKey(kind, systemRandom);

    expect(key).toMatch(spelling);
    expect(kindOf(key)).toBe(kind);
  });

  it('is another each time', () => {
    const keys = Array.from({ length: 1000 }, () => makeKey('API_KEY', systemRandom));

    expect(new Set(keys).size).toBe(1000);
  });

  it('is none with any single character changed, missing or added', () => {
    const key = makeKey('API_KEY', systemRandom);
    const changed = [...key].map((letter, index) => `${key.slice(0, index)}${letter === '0' ? '1' : '0'}${key.slice(index + 1)}`);
    const shorter = [...key].map((_, index) => key.slice(0, index) + key.slice(index + 1));
    const others = [...changed, ...shorter, `${key}0`, ` ${key}`, `${key}\n`, key.toUpperCase(), ''].filter((other) => other !== key);

    expect(others.filter((other) => kindOf(other) !== undefined)).toEqual([]);
  });

  it('shows how it begins, and stores what does not lead back to it', () => {
    const key = `hg_${'ab'.repeat(24)}00000000`;

    expect(hintOf(key)).toBe('hg_abababab…');
    // Of `printf %s hg_abab… | sha256sum`.
    expect(hashOf(key)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(key)).not.toBe(hashOf(`${key} `));
  });
});
