import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** Where a benchmark of a test keeps what it makes, and where it writes its result; both are removed at the end of the test. */
export async function makeFolders({ onTestFinished }: TestContext): Promise<{ temporary: string; results: string }> {
  const [temporary, results] = await Promise.all(
    ['temporary', 'results'].map((name) => mkdtemp(join(tmpdir(), `hookgraph-test-${name}-`))),
  );
  // PostgreSQL runs as a user of its own where this is root, and has to find its data.
  await chmod(temporary!, 0o755);
  onTestFinished(() => Promise.all([temporary!, results!].map((folder) => rm(folder, { recursive: true, force: true }))).then(() => {}));
  return { temporary: temporary!, results: results! };
}

/** The one result of the folder, which must be of the scenario. */
export async function readResult(folder: string, scenario: string): Promise<any> {
  const files = await readdir(folder);
  if (files.length !== 1 || !files[0]!.startsWith(`${scenario}-`))
    throw new Error(`Expected one result of ${scenario}, received ${files.join(', ')}.`);
  return JSON.parse(await readFile(join(folder, files[0]!), 'utf8'));
}
