import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FolderChanges } from '../support/folder-changes.js';
import { makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import { spawnServerProcess } from '../support/server-process.js';

/** At which change of a file in its data folder a start is killed: some while its tables are made, some after. */
const CHANGES = [1, 2, 3, 5, 8, 13, 21, 34];

it('a server that is killed while it makes its database starts on what is there, whenever that was', { timeout: 120_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookgraph-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const moments: string[] = [];

  for (const change of CHANGES) {
    using changes = new FolderChanges(dataDir);
    const reached = changes.reach(change).then(() => 'changed' as const);
    const starting = spawnServerProcess(dataDir);
    const started = starting.started.then(
      () => 'started' as const,
      () => 'ended' as const,
    );
    moments.push(await Promise.race([reached, started]));
    await starting.end('SIGKILL');
  }

  await using server = await spawnServerProcess(dataDir).started;
  await using receiver = await startReceiver();
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  await publish(server, organizationId);
  expect(await receiver.requests(1)).toHaveLength(1);
  // Killed on the way, most of them, and not once they were there.
  expect(moments.filter((moment) => moment === 'changed').length).toBeGreaterThan(CHANGES.length / 2);
});
