import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Tables } from '../../src/database/connect.js';
import { createLog } from '../../src/log.js';
import { systemRandom } from '../../src/random.js';
import { beginSealing } from '../../src/seal/begin-sealing.js';
import { openRing } from '../../src/seal/open-ring.js';
import { idOfKey } from '../../src/seal/seal-ring.js';
import { WrongKeysError } from '../../src/seal/wrong-keys-error.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { idOf } from '../support/ids.js';
import { keepLog } from '../support/log.js';
import { onPostgres } from '../support/postgres.js';
import { insertHooks, webhookIdOf } from '../support/rows.js';

const [OLD, NEW, THIRD] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];

const open = ({ orm, dataDir }: TestDatabase, ...encryptionKeys: Buffer[]) =>
  openRing({ encryptionKeys, dataDir }, { orm, random: systemRandom, log: createLog('silent') });

const readKeys = (db: Tables) => db.selectFrom('seal_keys').selectAll().orderBy('id').execute();
const idsOf = async (db: Tables) => (await readKeys(db)).map(({ id }) => id);

/** The sentence in which a start is refused. */
async function refusalOf(opening: Promise<unknown>): Promise<string> {
  const error = await opening.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WrongKeysError);
  return (error as Error).message;
}

describe('at a start, the ring of keys', () => {
  it('writes down its first key before anything is sealed with it, and no other', async () => {
    await using database = await openTestDatabase();

    await open(database, OLD, NEW);

    expect(await idsOf(database.db())).toEqual([idOfKey(OLD)]);
  });

  it('is opened again with the keys that have sealed something, in whatever order', async () => {
    await using database = await openTestDatabase();
    await open(database, OLD);

    await open(database, NEW, OLD);
    await open(database, OLD, THIRD, NEW);

    expect(await idsOf(database.db())).toEqual([idOfKey(OLD), idOfKey(NEW)].toSorted());
  });

  it('is refused without a key that has sealed something, and the key that is not known is not written down', async () => {
    await using database = await openTestDatabase();
    await open(database, OLD);

    const message = await refusalOf(open(database, NEW));

    expect(message).toBe(
      `The database has what was sealed with the key ${idOfKey(OLD)}, which is not in ENCRYPTION_KEYS: what is there is ${idOfKey(NEW)}. ` +
        'Set the keys that were there before: the first of them seals, all of them open. Without them, nothing is started.',
    );
    expect(await idsOf(database.db())).toEqual([idOfKey(OLD)]);
  });

  it('is refused where what a key is tried with was damaged, or is of another key', async () => {
    await using database = await openTestDatabase();
    const ring = await open(database, OLD);
    const [kept] = await readKeys(database.db());
    const put = (specimen: string) => sql`update seal_keys set specimen = ${specimen}`.execute(database.db());

    const messages: string[] = [];
    for (const specimen of [
      kept!.specimen.slice(0, -2),
      '',
      'Hookgraph',
      ring.seal('something else', { organizationId: '', column: 'seal_keys.specimen', id: ring.firstId }),
    ]) {
      await put(specimen);
      messages.push(await refusalOf(open(database, OLD)));
    }
    await put(kept!.specimen);
    await open(database, OLD);

    expect(messages).toEqual(
      messages.map(() => expect.stringContaining(`has to try the key ${idOfKey(OLD)} of ENCRYPTION_KEYS with (seal_keys) does not open`)),
    );
  });

  it('is opened by several servers that start at once with a new key', async () => {
    await using database = await openTestDatabase();

    const rings = await Promise.all([1, 2, 3].map(() => open(database, NEW)));

    expect(rings.map(({ firstId }) => firstId)).toEqual([1, 2, 3].map(() => idOfKey(NEW)));
    expect(await idsOf(database.db())).toEqual([idOfKey(NEW)]);
  });

  it('takes a key back into use that a re-sealing was about to drop', async () => {
    await using database = await openTestDatabase();
    const ring = await open(database, OLD);
    await database.db().updateTable('seal_keys').set({ retired_at: 1 }).execute();

    await database.writes.transaction((_, { db }) => beginSealing(db, ring));

    expect(await readKeys(database.db())).toMatchObject([{ id: idOfKey(OLD), retired_at: null }]);
  });
});

describe('without the setting, the key file', () => {
  it('is made at the first start, which the log tells, and read at the next', async () => {
    await using database = await openTestDatabase();
    const { log, lines, text } = keepLog();
    const config = { encryptionKeys: [], dataDir: database.dataDir };

    const first = await openRing(config, { orm: database.orm, random: systemRandom, log });
    const second = await openRing(config, { orm: database.orm, random: systemRandom, log });

    const file = join(database.dataDir, 'encryption-key');
    expect(second.firstId).toBe(first.firstId);
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    expect(lines().map(({ msg, file: told }) => [msg, told])).toEqual([['encryption_key.made', file]]);
    expect(text()).not.toContain((await readFile(file, 'utf8')).trim());
  });

  it('is not made where something is sealed with a key that is missing', async () => {
    await using database = await openTestDatabase();
    await open(database, OLD);

    const message = await refusalOf(open(database));

    expect(message).toContain(`and there is neither ENCRYPTION_KEYS nor the file ${join(database.dataDir, 'encryption-key')}.`);
    await expect(stat(join(database.dataDir, 'encryption-key'))).rejects.toThrow('ENOENT');
  });
});

describe('what an earlier version wrote in plain', () => {
  const CANARY = 'whsec_Y2FuYXJ5LW9mLWFuLWVhcmxpZXItdmVyc2lvbg==';
  const webhookId = webhookIdOf(idOf('o'));

  async function putPlain(database: TestDatabase): Promise<void> {
    // Of a row that is alone on its page SQLite writes over what was there in any case.
    await insertHooks(database.db(), [
      { id: idOf('h') },
      { id: idOf('i'), organizationId: idOf('p') },
      { id: idOf('j'), organizationId: idOf('q') },
    ]);
    await sql`update webhooks set signing_secret = ${CANARY}`.execute(database.db());
    await sql`insert into authentications
      (id, webhook_id, version, grant_type, endpoint, client_id, client_secret, client_authentication, header_format, header_value_format)
      values (${idOf('a')}, ${webhookId}, 1, 'client_credentials', 'https://tokens.example/', 'c', 'canary-client-secret', 'BASIC',
        'Authorization', 'canary-format %ACCESS_TOKEN%')`.execute(database.db());
  }

  it('is sealed before the start goes on, and opens', async () => {
    await using database = await openTestDatabase();
    await putPlain(database);

    const ring = await open(database, OLD);

    const organizationId = idOf('o');
    const [webhook] = await database.db().selectFrom('webhooks').where('id', '=', webhookId).selectAll().execute();
    const [authentication] = await database.db().selectFrom('authentications').selectAll().execute();
    expect(ring.open(webhook!.signing_secret, { organizationId, column: 'webhooks.signing_secret', id: webhookId })).toBe(CANARY);
    expect(ring.open(authentication!.client_secret, { organizationId, column: 'authentications.client_secret', id: idOf('a') })).toBe(
      'canary-client-secret',
    );
    expect(
      ring.open(authentication!.header_value_format, { organizationId, column: 'authentications.header_value_format', id: idOf('a') }),
    ).toBe('canary-format %ACCESS_TOKEN%');
  });

  it('that is gone stays empty', async () => {
    await using database = await openTestDatabase();
    await putPlain(database);
    await sql`update webhooks set signing_secret = ''`.execute(database.db());

    await open(database, OLD);

    const [webhook] = await database.db().selectFrom('webhooks').select('signing_secret').execute();
    expect(webhook!.signing_secret).toBe('');
  });

  it.runIf(!onPostgres)('is not left in the file of SQLite, nor in its log', async () => {
    await using database = await openTestDatabase();
    await putPlain(database);
    const inFiles = async () => {
      const files = ['hookgraph.sqlite', 'hookgraph.sqlite-wal'].map((name) => readFile(join(database.dataDir, name), 'latin1'));
      const texts = (await Promise.all(files)).join('');
      return [CANARY, 'canary-client-secret', 'canary-format'].filter((canary) => texts.includes(canary));
    };
    const before = await inFiles();

    await open(database, OLD);

    expect(before).toHaveLength(3);
    expect(await inFiles()).toEqual([]);
  });
});
