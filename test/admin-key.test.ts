import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAdminKey } from '../src/admin-key.js';
import { ConfigError } from '../src/config.js';
import { systemRandom } from '../src/random.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

describe('the admin key', () => {
  it('is made at first start and kept', async () => {
    const first = await readAdminKey(undefined, dataDir, systemRandom);
    const second = await readAdminKey(undefined, dataDir, systemRandom);

    expect(first).toEqual({ key: expect.stringMatching(/^hg_admin_[\w-]{32}$/), isNew: true });
    expect(second).toEqual({ key: first.key, isNew: false });
  });

  it('is kept in a file that its owner alone can read', async () => {
    await readAdminKey(undefined, dataDir, systemRandom);

    const { mode } = await stat(join(dataDir, 'admin-api-key'));

    expect((mode & 0o777).toString(8)).toBe('600');
  });

  it('is the one that is set, and then none is made', async () => {
    const adminKey = await readAdminKey('a-key-of-my-own-choice', dataDir, systemRandom);

    expect(adminKey).toEqual({ key: 'a-key-of-my-own-choice', isNew: false });
    await expect(stat(join(dataDir, 'admin-api-key'))).rejects.toThrow('ENOENT');
  });

  it('that is set wins over the one that is kept, which stays', async () => {
    const kept = await readAdminKey(undefined, dataDir, systemRandom);

    const adminKey = await readAdminKey('a-key-of-my-own-choice', dataDir, systemRandom);

    expect(adminKey.key).toBe('a-key-of-my-own-choice');
    expect(await readFile(join(dataDir, 'admin-api-key'), 'utf8')).toBe(`${kept.key}\n`);
  });

  it('is read without the line end that an editor leaves', async () => {
    await writeFile(join(dataDir, 'admin-api-key'), 'a-key-by-hand-0123\r\n');

    const adminKey = await readAdminKey(undefined, dataDir, systemRandom);

    expect(adminKey).toEqual({ key: 'a-key-by-hand-0123', isNew: false });
  });

  it.each(['x', 'hg_admin_', 'two keys 0123456789abcdef'])('is none where the file has something else: %s', async (text) => {
    const file = join(dataDir, 'admin-api-key');
    await writeFile(file, `${text}\n`);

    const refused = readAdminKey(undefined, dataDir, systemRandom);

    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(
      `${file}: expected at least 16 visible ASCII characters without spaces, received something else.`,
    );
    expect(await readFile(file, 'utf8')).toBe(`${text}\n`);
  });

  it('is made although a start before was cut off in the middle of its file', async () => {
    await writeFile(join(dataDir, 'admin-api-key.new'), 'hg_adm');

    const { key, isNew } = await readAdminKey(undefined, dataDir, systemRandom);

    expect(isNew).toBe(true);
    expect(await readdir(dataDir)).toEqual(['admin-api-key']);
    expect(await readFile(join(dataDir, 'admin-api-key'), 'utf8')).toBe(`${key}\n`);
  });

  it('is made anew where the file is empty', async () => {
    await writeFile(join(dataDir, 'admin-api-key'), '\n');

    const adminKey = await readAdminKey(undefined, dataDir, systemRandom);

    expect(adminKey.isNew).toBe(true);
  });

  it('is not made anew where the file cannot be read', async () => {
    const reading = readAdminKey(undefined, join(dataDir, 'a-file'.repeat(100)), systemRandom);

    await expect(reading).rejects.toThrow('ENAMETOOLONG');
  });
});
