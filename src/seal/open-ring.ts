import { sql } from 'kysely';
import type { Config } from '../config.js';
import type { Orm, Tables } from '../database/connect.js';
import { inTransaction } from '../database/in-transaction.js';
import { isPostgres } from '../database/is-postgres.js';
import { runUntilAlone } from '../database/run-again.js';
import type { Log } from '../log.js';
import type { Random } from '../random.js';
import { beginSealing, SPECIMEN, specimenPlace } from './begin-sealing.js';
import { keyFileOf, makeKeyFile, readKeyFile } from './key-file.js';
import { sealAgain, secretColumns } from './seal-again.js';
import { SealError } from './seal-error.js';
import { SealRing } from './seal-ring.js';
import { WrongKeysError } from './wrong-keys-error.js';

export interface OpenRingParts {
  orm: Orm;
  random: Random;
  log: Log;
}

/**
 * The ring of the configured keys, or of the key file in the data folder, made where nothing was ever sealed. All that is stored
 * opens with it, by what the table of keys says, and no secret is stored in plain. Throws a `WrongKeysError` where a key is missing
 * or another one. Several servers may do so at once.
 */
export async function openRing(config: Pick<Config, 'encryptionKeys' | 'dataDir'>, { orm, random, log }: OpenRingParts): Promise<SealRing> {
  const source = config.encryptionKeys.length > 0 ? 'ENCRYPTION_KEYS' : keyFileOf(config.dataDir);
  const keys = config.encryptionKeys.length > 0 ? config.encryptionKeys : await readKeyFile(config.dataDir);
  if (keys === undefined) {
    const [used] = await orm.em.fork().getKysely().selectFrom('seal_keys').select('id').execute();
    if (used !== undefined)
      throw new WrongKeysError(`${sealedWith(used.id)}, and there is neither ENCRYPTION_KEYS nor the file ${source}. ${ADVICE}`);
  }
  const ring = new SealRing(keys ?? (await makeKeyFile(config.dataDir, random)), random);
  if (keys === undefined) {
    const advice = 'Keep a copy of it apart from the backups: without it, the secrets in them are lost.';
    log.warn({ file: source, advice }, 'encryption_key.made');
  }
  // What is in the table is opened, and the first key is in it, before anything is sealed with it.
  await runUntilAlone(() =>
    inTransaction(orm, async (_, db) => {
      await checkKeys(db, ring, source);
      await beginSealing(db, ring);
    }),
  );
  await sealPlain(orm, ring, log);
  return ring;
}

const ADVICE = 'Set the keys that were there before: the first of them seals, all of them open. Without them, nothing is started.';

function sealedWith(id: string): string {
  return `The database has what was sealed with the key ${id}`;
}

async function checkKeys(db: Tables, ring: SealRing, source: string): Promise<void> {
  for (const { id, specimen } of await db.selectFrom('seal_keys').select(['id', 'specimen']).orderBy('id').execute()) {
    if (!ring.has(id))
      throw new WrongKeysError(`${sealedWith(id)}, which is not in ${source}: what is there is ${ring.ids.join(', ')}. ${ADVICE}`);
    try {
      if (ring.open(specimen, specimenPlace(id)) === SPECIMEN) continue;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
    }
    throw new WrongKeysError(
      `What the database has to try the key ${id} of ${source} with (seal_keys) does not open: it was damaged, or it is of another ` +
        'key. Restore a backup of the database.',
    );
  }
}

/**
 * What a version before this one wrote in plain is sealed, before anything else is taken up. It may be cut off: the next start goes on.
 * SQLite is told to write over what was there, which it would leave in the file, and in its log.
 */
async function sealPlain(orm: Orm, ring: SealRing, log: Log): Promise<void> {
  const db = orm.em.fork().getKysely();
  const isSqlite = !isPostgres(db);
  if (isSqlite) await sql`pragma secure_delete = on`.execute(db);
  let count = 0;
  for (const column of secretColumns) {
    for await (const { sealedCount } of sealAgain(orm, ring, { column, stale: 'plain' })) count += sealedCount;
  }
  if (isSqlite && count > 0) await sql`pragma wal_checkpoint(truncate)`.execute(db);
  if (isSqlite) await sql`pragma secure_delete = off`.execute(db);
  if (count > 0) log.warn({ count }, 'secrets.sealed');
}
