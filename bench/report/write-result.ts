import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a result as JSON into the folder, made if it is not there, and answers with the file's path. */
export async function writeResult(folder: string, scenario: string, measuredAt: Date, result: Record<string, unknown>): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Windows takes no colons in the names of files.
  const file = join(folder, `${scenario}-${measuredAt.toISOString().replaceAll(':', '-')}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
