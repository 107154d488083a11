import 'reflect-metadata';
import { systemClock } from '../src/clock.js';
import { ConfigError, readConfig } from '../src/config.js';
import { connectDatabase } from '../src/database/connect.js';
import { DataFolderTakenError, lockDataFolder } from '../src/database/data-folder-lock.js';
import { UnreachableError } from '../src/database/unreachable-error.js';
import { createLog } from '../src/log.js';
import { systemRandom } from '../src/random.js';
import { openRing } from '../src/seal/open-ring.js';
import { reseal } from '../src/seal/reseal.js';
import { WrongKeysError } from '../src/seal/wrong-keys-error.js';

/** How much is sealed between two lines that tell of it. */
const TOLD_EACH = 1000;

/**
 * Seals all that is stored with the first of the encryption keys: `npm run reseal`. Beside the servers of a PostgreSQL database; on
 * SQLite while the server is stopped, as its keys are those that it was started with. It may be stopped at any moment and begun again.
 */
async function resealAll(): Promise<boolean> {
  const config = readConfig(process.env);
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
        const { droppedIds, keptIds } = value;
        console.log(`${count} sealed with the key ${ring.firstId}.`);
        if (droppedIds.length > 0) console.log(`Nothing is sealed any more with ${droppedIds.join(', ')}: they may leave ENCRYPTION_KEYS.`);
        if (keptIds.length > 0) {
          console.log(
            `Still needed: ${keptIds.join(', ')}. Start the servers anew that seal with them, mend what does not open, and run this again.`,
          );
        }
        return keptIds.length === 0;
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

function disposable({ release }: { release(): void }): Disposable {
  return { [Symbol.dispose]: release };
}

try {
  if (!(await resealAll())) process.exitCode = 1;
} catch (error) {
  // What whoever runs it can mend is told in words alone.
  const isTheirs = [ConfigError, DataFolderTakenError, UnreachableError, WrongKeysError].some((kind) => error instanceof kind);
  console.error(isTheirs ? (error as Error).message : error);
  process.exitCode = 1;
}
