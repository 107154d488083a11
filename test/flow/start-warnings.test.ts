import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalPostgres } from '../../scripts/local-postgres.js';
import { keepLog } from '../support/log.js';
import { makeDatabase, maintain, onPostgres } from '../support/postgres.js';
import { startTestServer } from '../support/server.js';

describe.skipIf(onPostgres || process.platform === 'win32')('a server whose data folder and keys others can read', () => {
  it('warns of each at its start, and closes them', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const config = { dataDir, adminApiKey: undefined, encryptionKeys: [] };
    await (await startTestServer({ config })).stop();
    const paths = [dataDir, join(dataDir, 'encryption-key'), join(dataDir, 'admin-api-key')];
    for (const path of paths) await chmod(path, path === dataDir ? 0o755 : 0o644);
    const { log, lines } = keepLog();

    await using _ = await startTestServer({ config, log });

    const warned = lines().filter(({ msg }) => msg === 'file_mode.changed');
    expect(warned.map(({ path, changedTo }) => [path, changedTo])).toEqual(paths.map((path) => [path, path === dataDir ? '0700' : '0600']));
    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });
});

describe.runIf(onPostgres)('a server on a PostgreSQL', () => {
  /** What it says of durability when it starts there. */
  async function warningsAt(databaseUrl: string): Promise<string[][]> {
    const { log, lines } = keepLog();
    const server = await startTestServer({ log, config: { databaseUrl } });
    await server.stop();
    return lines().flatMap(({ msg, level, settings }) => (msg === 'database.undurable' && level === 40 ? [settings] : []));
  }

  it('that may lose what was acknowledged warns of each setting by its name, at its start', async () => {
    await using database = await makeDatabase();

    expect(await warningsAt(database.url)).toEqual([['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']]);
  });

  it('that is durable warns of nothing, but of a setting of this database', async () => {
    await using postgres = await startLocalPostgres({ isDurable: true });

    const before = await warningsAt(postgres.url);
    await maintain('alter database postgres set synchronous_commit = off', postgres.url);
    const after = await warningsAt(postgres.url);

    expect([before, after]).toEqual([[], [['synchronous_commit=off']]]);
  });
});
