import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';

/** Where a run of the benchmark leaves things: for its time, and its result. Both are removed when the test ends. */
export async function makeFolders({ onTestFinished }: TestContext): Promise<{ temporary: string; results: string }> {
  const [temporary, results] = await Promise.all(
    ['temporary', 'results'].map((name) => mkdtemp(join(tmpdir(), `hookgraph-test-${name}-`))),
  );
  // PostgreSQL runs as a user of its own where this is root, and has to find its data.
  await chmod(temporary!, 0o755);
  onTestFinished(() => Promise.all([temporary!, results!].map((folder) => rm(folder, { recursive: true, force: true }))).then(() => {}));
  return { temporary: temporary!, results: results! };
}

/** The one result of a scenario in a folder. */
export async function readResult(folder: string, scenario: string): Promise<any> {
  const files = await readdir(folder);
  expect(files).toEqual([expect.stringMatching(new RegExp(`^${scenario}-.*\\.json$`))]);
  return JSON.parse(await readFile(join(folder, files[0]!), 'utf8'));
}
