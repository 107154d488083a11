import 'reflect-metadata';
import { resolve } from 'node:path';
import { systemClock } from '../src/clock.js';
import { type Config, ConfigError, readConfig } from '../src/config.js';
import { connectDatabase } from '../src/database/connect.js';
import { DataFolderTakenError, lockDataFolder } from '../src/database/data-folder-lock.js';
import { hasDatabase } from '../src/database/lost-database.js';
import { createLog } from '../src/log.js';
import { systemRandom } from '../src/random.js';
import { keyFileOf } from '../src/seal/key-file.js';
import { openRing } from '../src/seal/open-ring.js';
import { type ResealEnd, reseal } from '../src/seal/reseal.js';
import type { SealRing } from '../src/seal/seal-ring.js';
import { StartupError } from '../src/startup-error.js';

/** How much is sealed between two lines that tell of it. */
const TOLD_EACH = 1000;

/**
 * Seals all that is stored with the first of the encryption keys: `npm run reseal`. Beside the servers of a PostgreSQL database; on
 * SQLite while the server is stopped, as its keys are those that it was started with. It may be stopped at any moment and begun again.
 */
async function resealAll(): Promise<boolean> {
  const config = readConfig(process.env);
  await findDatabase(config);
  using _ = config.databaseUrl === undefined ? disposable(await lockDataFolder(config.dataDir)) : null;
  // Whoever looks through a large table for what is left does so for as long as it takes.
  const orm = await connectDatabase({ ...config, databaseStatementTimeoutMs: 0 });
  try {
    const ring = await openRing(config, { orm, random: systemRandom, log: createLog('silent') });
    const steps = reseal(orm, ring, { clock: systemClock, encryptPayloads: config.encryptPayloads });
    let count = 0;
    for (;;) {
      const { done, value } = await steps.next();
      if (done === true) {
        tell(config, ring, { ...value, count });
        return value.keptIds.length === 0;
      }
      for (const { message } of value.unopened) console.error(message);
      const before = count;
      count += value.sealedCount;
      if (Math.floor(before / TOLD_EACH) < Math.floor(count / TOLD_EACH)) console.log(`${count} sealed, now ${value.column}`);
    }
  } finally {
    await orm.close();
  }
}

/** Where a folder is misspelled, a new database would be made in it, and all said to be sealed. */
async function findDatabase({ databaseUrl, dataDir }: Config): Promise<void> {
  if (databaseUrl !== undefined || (await hasDatabase(dataDir))) return;
  throw new ConfigError([`DATA_DIR: expected the folder of a database, received "${dataDir}", and there is none in ${resolve(dataDir)}`]);
}

/** Says of each key of the ring, by its place in the setting, whether it is needed. */
function tell({ encryptionKeys, dataDir }: Config, ring: SealRing, end: ResealEnd & { count: number }): void {
  const source = encryptionKeys.length > 0 ? 'ENCRYPTION_KEYS' : keyFileOf(dataDir);
  const numbered = (id: string) => (ring.has(id) ? `${id} (number ${ring.ids.indexOf(id) + 1})` : id);
  const idle = ring.ids.filter((id) => id !== ring.firstId && !end.keptIds.includes(id));
  console.log(`${end.count} sealed with the key ${ring.firstId}, the first of ${source}.`);
  if (idle.length > 0) console.log(`Nothing is sealed with ${idle.map(numbered).join(', ')} of ${source} any more: take out what is old.`);
  if (idle.length > 0 && end.count === 0) console.log('A new key seals once it stands before the others.');
  if (end.keptIds.length > 0) {
    console.log(
      `Still needed: ${end.keptIds.map(numbered).join(', ')}. Start the servers anew that seal with them, mend what does not open, and run this again.`,
    );
  }
}

function disposable({ release }: { release(): void }): Disposable {
  return { [Symbol.dispose]: release };
}

try {
  if (!(await resealAll())) process.exitCode = 1;
} catch (error) {
  // What whoever runs it can mend is told in words alone.
  if (error instanceof DataFolderTakenError)
    console.error(`A server is running on the data folder ${resolve(error.dataDir)}: stop it, and run this again.`);
  else console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
