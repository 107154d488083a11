import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderTakenError, lockDataFolder } from '../../src/database/data-folder-lock.js';
import { COMPILE_CACHE, SERVER_FILE } from '../support/build.js';
import { startServerProcess } from '../support/server-process.js';
import { ADMIN_KEY, startTestServer } from '../support/server.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookgraph-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('the lock of a data folder', () => {
  it('is had by one at a time', async () => {
    const lock = await lockDataFolder(folder);

    await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderTakenError);

    lock.release();
    (await lockDataFolder(folder)).release();
  });

  it('is one for each folder', async () => {
    const locks = [await lockDataFolder(join(folder, 'a')), await lockDataFolder(join(folder, 'b'))];

    for (const lock of locks) lock.release();
  });

  it('may be given back twice, and not for another', async () => {
    const first = await lockDataFolder(folder);
    first.release();
    const second = await lockDataFolder(folder);

    first.release();

    await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderTakenError);
    second.release();
  });

  it('makes the folder where there is none, for its owner alone to enter', async () => {
    const dataDir = join(folder, 'deep', 'new');

    const lock = await lockDataFolder(dataDir);

    const { mode } = await stat(dataDir);
    expect((mode & 0o777).toString(8)).toBe('700');
    lock.release();
  });

  it('keeps other processes out, also after this one has tried in vain to take it twice', async () => {
    const lock = await lockDataFolder(folder);
    await lockDataFolder(folder).catch(() => {});

    const { status } = await runServer(folder);

    expect(status).toBe(1);
    lock.release();
  });
});

describe('a second server on a data folder', () => {
  it('is refused in the same process, whatever its port', async () => {
    await using first = await startTestServer({ config: { dataDir: folder } });

    await expect(startTestServer({ config: { dataDir: folder } })).rejects.toThrow(DataFolderTakenError);

    expect(await first.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('is refused before it touches anything', async () => {
    const lock = await lockDataFolder(folder);

    await expect(startTestServer({ config: { dataDir: folder, adminApiKey: undefined } })).rejects.toThrow(DataFolderTakenError);

    expect(await readdir(folder)).toEqual(['hookgraph.lock']);
    lock.release();
  });

  it('starts once the first has stopped', async () => {
    await using first = await startTestServer({ config: { dataDir: folder } });
    await first.stop();

    await using second = await startTestServer({ config: { dataDir: folder } });

    expect(await second.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('starts when the first could not because its port was taken', async () => {
    await using taken = await takePort();
    await expect(startTestServer({ config: { dataDir: folder, port: taken.port } })).rejects.toThrow('EADDRINUSE');

    await using second = await startTestServer({ config: { dataDir: folder } });

    expect(await second.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('starts when the first could not because its database was none', async () => {
    await writeFile(join(folder, 'hookgraph.sqlite'), 'no database, but long enough to be read as the beginning of one'.repeat(100));
    await expect(startTestServer({ config: { dataDir: folder } })).rejects.toThrow('file is not a database');
    await rm(join(folder, 'hookgraph.sqlite'));

    await using second = await startTestServer({ config: { dataDir: folder } });

    expect(await second.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('is refused as a process with a sentence that says what, where and what to do, and status 1', async () => {
    await using first = await startServerProcess(folder);

    const { status, output, errors } = await runServer(folder);

    expect(status).toBe(1);
    expect(output).toBe('');
    expect(errors).toBe(
      `Another server is running on the data folder ${folder}, and two would send everything twice. ` +
        'Stop it, or set DATA_DIR to another folder.\n',
    );
    expect(await first.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  it('starts at once after a kill -9 of the first', async () => {
    await using first = await startServerProcess(folder);
    await first.end('SIGKILL');

    await using second = await startServerProcess(folder);

    expect(await second.gql('{ __typename }')).toEqual({ __typename: 'Query' });
  });
});

/** Runs the compiled server until it ends, and answers with how it ended and what it said. */
async function runServer(dataDir: string) {
  const child = spawn(process.execPath, [SERVER_FILE], {
    env: { ...COMPILE_CACHE, PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, ADMIN_API_KEY: ADMIN_KEY },
    stdio: ['ignore', 'pipe', 'pipe'],
    // One that starts after all is ended, and then the test sees no status.
    timeout: 15_000,
  });
  const [[status], output, errors] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { status: status as number | null, output, errors };
}

async function takePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}
