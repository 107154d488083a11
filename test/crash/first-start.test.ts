import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { spawnServerProcess } from '../support/server-process.js';

const PRELOADED = pathToFileURL(join(import.meta.dirname, 'kill-at-statement.ts')).href;

/** Before which statement a first start is killed: as it locks the folder, makes its first table, within and between migrations. */
const STATEMENTS = [1, 6, 9, 10, 37, 60, 100, 130];

it('a server that is killed while it makes its database starts on what is there, whenever that was', { timeout: 120_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));

  for (const statement of STATEMENTS) {
    const starting = spawnServerProcess(dataDir, { NODE_OPTIONS: `--import ${PRELOADED}`, KILL_AT_STATEMENT: `${statement}` });
    await expect(starting.started).rejects.toThrow('The server ended with SIGKILL before it logged server.started');
  }

  await using server = await spawnServerProcess(dataDir).started;
  await using receiver = await startReceiver();
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  await publish(server, organizationId);
  expect(await receiver.requests(1)).toHaveLength(1);
});
