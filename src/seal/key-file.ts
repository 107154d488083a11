import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describeWrongKeys, ENCRYPTION_KEY_BYTES, readEncryptionKeys } from '../encryption-keys.js';
import type { Random } from '../random.js';
import { writeWholeFile } from '../write-whole-file.js';
import { WrongKeysError } from './wrong-keys-error.js';

const FILE_NAME = 'encryption-key';

/** The file of the key within the data folder, with its whole path. */
export function keyFileOf(dataDir: string): string {
  return resolve(join(dataDir, FILE_NAME));
}

/** The keys of the file, the one that seals first; undefined where there is no file. Throws a `WrongKeysError` where it has something else. */
export async function readKeyFile(dataDir: string): Promise<readonly Buffer[] | undefined> {
  const file = keyFileOf(dataDir);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const keys = readEncryptionKeys(text);
  if (keys !== undefined) return keys;
  throw new WrongKeysError(
    `${file}: expected keys of 32 bytes in base64, each once, received ${describeWrongKeys(text)}. Put back the file as it was; ` +
      'without its keys, what they have sealed is lost.',
  );
}

/**
 * Makes the file with a new key, for its owner alone. It is there as a whole or not at all, and on disk before anything is sealed with
 * it: a key that a loss of power takes would take all secrets along. Nobody else does the same at this moment: the data folder is ours.
 */
export async function makeKeyFile(dataDir: string, random: Random): Promise<readonly Buffer[]> {
  const file = keyFileOf(dataDir);
  const key = Buffer.from(random.bytes(ENCRYPTION_KEY_BYTES));
  await writeWholeFile(file, `${key.toString('base64')}\n`);
  return [key];
}
