import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/random.js';
import { makeKeyFile, readKeyFile } from '../../src/seal/key-file.js';
import { WrongKeysError } from '../../src/seal/wrong-keys-error.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('the file of the encryption key', () => {
  it('is read as it was made', async () => {
    const made = await makeKeyFile(dataDir, systemRandom);

    expect(await readKeyFile(dataDir)).toEqual(made);
    expect(made[0]).toHaveLength(32);
  });

  it('can be read by its owner alone, and nothing else is left beside it', async () => {
    await makeKeyFile(dataDir, systemRandom);

    const { mode } = await stat(join(dataDir, 'encryption-key'));

    expect((mode & 0o777).toString(8)).toBe('600');
    expect(await readdir(dataDir)).toEqual(['encryption-key']);
  });

  it('is made where an earlier start was cut off while it made one', async () => {
    await writeFile(join(dataDir, 'encryption-key.new'), 'half of');

    const made = await makeKeyFile(dataDir, systemRandom);

    expect(await readKeyFile(dataDir)).toEqual(made);
    expect(await readdir(dataDir)).toEqual(['encryption-key']);
  });

  it('is nothing where there is none', async () => {
    expect(await readKeyFile(dataDir)).toBeUndefined();
  });

  it('may have several keys, the first of which seals', async () => {
    const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    await writeFile(join(dataDir, 'encryption-key'), keys.map((key) => `${key.toString('base64')}\n`).join(''));

    expect(await readKeyFile(dataDir)).toEqual(keys);
  });

  it.each(['', '\n', 'canary'])('with %j in it is refused and not replaced, and what is in it is not repeated', async (text) => {
    await writeFile(join(dataDir, 'encryption-key'), text);

    const error = await readKeyFile(dataDir).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(WrongKeysError);
    expect((error as Error).message).toContain(`${join(dataDir, 'encryption-key')}: expected keys of 32 bytes`);
    expect((error as Error).message).not.toContain('canary');
    expect(await readFile(join(dataDir, 'encryption-key'), 'utf8')).toBe(text);
  });

  it('that cannot be read is not taken for one that is not there', async () => {
    await expect(readKeyFile(join(dataDir, 'a-file'.repeat(100)))).rejects.toThrow('ENAMETOOLONG');
  });
});
