import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from './random.js';

const FILE_NAME = 'admin-api-key';

export interface AdminKey {
  key: string;
  /** Whether it was made just now: then it is to be shown, this once. */
  isNew: boolean;
}

/** The admin key: the one that is set, or the one in the data folder, made where there is none (readable by the owner alone). */
export async function readAdminKey(configured: string | undefined, dataDir: string, random: Random): Promise<AdminKey> {
  if (configured !== undefined) return { key: configured, isNew: false };

  const file = join(dataDir, FILE_NAME);
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept !== undefined && kept.trim() !== '') return { key: kept.trim(), isNew: false };

  const key = `hg_admin_${random.bytes(24).toString('base64url')}`;
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return { key, isNew: true };
}
