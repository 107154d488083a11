import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a file for its owner alone. It is there as a whole or not at all, also after a loss of power, and on disk when this answers.
 * Nobody else does the same at this moment.
 */
export async function writeWholeFile(file: string, text: string): Promise<void> {
  // Of a start that was cut off; nothing was ever done with it.
  await rm(`${file}.new`, { force: true });
  const written = await open(`${file}.new`, 'wx', 0o600);
  try {
    await written.writeFile(text);
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(`${file}.new`, file);
  await syncFolder(dirname(file));
}

/** The new name is on disk when the folder is. Windows opens no folders. */
async function syncFolder(folderPath: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(folderPath, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
