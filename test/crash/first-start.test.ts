import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { spawnServerProcess } from '../support/server-process.js';

/** Of a start, at which it is killed: some before the database is opened, some while its tables are made, some after. */
const MOMENTS = [0.3, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9];

it('a server that is killed while it makes its database starts on what is there, whenever that was', { timeout: 120_000 }, async () => {
  const makeFolder = async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    return dataDir;
  };
  const startedAt = performance.now();
  const whole = spawnServerProcess(await makeFolder());
  await whole.started;
  const startMs = performance.now() - startedAt;
  await whole.end('SIGKILL');
  const dataDir = await makeFolder();

  for (const moment of MOMENTS) {
    const starting = spawnServerProcess(dataDir);
    starting.started.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, startMs * moment));
    await starting.end('SIGKILL');
  }

  await using server = await spawnServerProcess(dataDir).started;
  await using receiver = await startReceiver();
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  await publish(server, organizationId);
  expect(await receiver.requests(1)).toHaveLength(1);
});
