import { mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LostDatabaseError } from '../../src/database/lost-database.js';
import { startTestServer } from '../support/server.js';

let folder: string;
let file: string;
/** Both keys are made in the folder. */
const config = () => ({ dataDir: folder, adminApiKey: undefined, encryptionKeys: [] });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  file = join(folder, 'hookgraph.sqlite');
  await (await startTestServer({ config: config() })).stop();
});

afterEach(() => rm(folder, { recursive: true }));

describe('a server whose keys are in the data folder', () => {
  it.each([
    ['is emptied', 'is empty (0 bytes)', () => truncate(file)],
    ['is gone', 'is not there', () => rm(file)],
  ])('does not start where its database %s, says so and changes nothing', async (_, state, lose) => {
    await lose();
    const before = await readdir(folder);

    const starting = startTestServer({ config: config() });

    await expect(starting).rejects.toThrow(LostDatabaseError);
    await expect(starting).rejects.toThrow(
      `The database ${file} ${state}, while its keys are: encryption-key and admin-api-key. Put back a backup of it. To start anew ` +
        'with an empty database, on purpose, move encryption-key and admin-api-key out of the folder, or set DATA_DIR to another folder. ' +
        'Nothing was changed.',
    );
    expect(await readdir(folder)).toEqual(before);
  });

  it.each(['encryption-key', 'admin-api-key'])('does not start where only %s is left', async (left) => {
    for (const name of await readdir(folder)) if (name !== left) await rm(join(folder, name));

    await expect(startTestServer({ config: config() })).rejects.toThrow(`while its keys are: ${left}.`);
  });

  it('starts once its database is put back', async () => {
    await rename(file, `${file}.away`);
    await expect(startTestServer({ config: config() })).rejects.toThrow(LostDatabaseError);
    await rename(`${file}.away`, file);

    await using server = await startTestServer({ config: config() });

    expect(server.url).toMatch(/^http/);
  });

  it('starts anew once the keys are moved away, as the error says', async () => {
    await truncate(file);
    for (const name of ['encryption-key', 'admin-api-key']) await rename(join(folder, name), join(folder, `${name}.old`));

    await using server = await startTestServer({ config: config() });

    expect(server.url).toMatch(/^http/);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['encryption-key', 'admin-api-key']));
  });
});

it('a server starts on a database that is empty where no key was made: its first start was cut off', async () => {
  for (const name of await readdir(folder)) await rm(join(folder, name));
  await writeFile(file, '');

  await using server = await startTestServer({ config: config() });

  expect(server.url).toMatch(/^http/);
});
