import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ADMIN_KEY, ADMIN_KEY_FORM, ConfigError } from './config.js';
import type { Random } from './random.js';
import { writeWholeFile } from './write-whole-file.js';

const FILE_NAME = 'admin-api-key';

/** The file of the admin key within the data folder. */
export function adminKeyFileOf(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

export interface AdminKey {
  key: string;
  /** Whether it was made just now: then it is to be shown, this once. */
  isNew: boolean;
}

/**
 * The admin key: the one that is set, or the one in the data folder, made where there is none (readable by the owner alone). Throws a
 * `ConfigError` where the file has something else: what is left of one that was cut off would be a key that can be guessed.
 */
export async function readAdminKey(configured: string | undefined, dataDir: string, random: Random): Promise<AdminKey> {
  if (configured !== undefined) return { key: configured, isNew: false };

  const file = adminKeyFileOf(dataDir);
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined && kept.trim() !== '') {
    if (ADMIN_KEY.test(kept.trim())) return { key: kept.trim(), isNew: false };
    throw new ConfigError([`${resolve(file)}: expected ${ADMIN_KEY_FORM}, received something else. Without the file, a new key is made`]);
  }

  const key = `hg_admin_${random.bytes(24).toString('base64url')}`;
  await writeWholeFile(file, `${key}\n`);
  return { key, isNew: true };
}
