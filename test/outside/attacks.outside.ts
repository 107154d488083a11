import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AttackerCommands } from '../../bench/attacks/attacker-commands.js';
import { makeKnownKey, makeVictim } from '../../bench/attacks/make-victim.js';
import { sendAtRate } from '../../bench/load/send-at-rate.js';
import { monotonicClock, monotonicNow } from '../../bench/monotonic-clock.js';
import { Leftovers } from '../../bench/stage/leftovers.js';
import { readResidentMemory } from '../../bench/stage/resident-memory.js';
import { createStageParts } from '../../bench/stage/stage-parts.js';
import { startAskedProcess } from '../../bench/stage/start-asked-process.js';
import { until } from '../../bench/stage/until.js';
import { BUILT_DIR } from '../support/build.js';
import { makeOrganization, makeWebhook } from '../support/platform.js';
import { startReceiver } from '../support/receiver.js';
import type { Answer } from '../support/server.js';
import { type ServerProcess, startServerProcess } from '../support/server-process.js';
import { makeDataFolder } from './data-folder.js';

/** What the server may have of JavaScript's old objects, and of the machine's memory in all, in MiB. */
const HEAP_LIMIT_MIB = 1024;
const MEMORY_LIMIT_MIB = 1024;

/** How many events are published a second. */
const RATE_PER_SECOND = 50;

/** Between two rounds of an attack, in milliseconds. */
const ATTACK_PAUSE_MS = 500;

const ATTACKERS_FILE = join(BUILT_DIR, 'bench/attacks/attackers-main.js');

const PUBLISH = 'mutation ($input: PublishEventInput!) { publishEvent(input: $input) { event { id } } }';

/** Publishes 50 events a second with a key until it is aborted, and answers with the ids of those that were accepted and the answers to all others. */
async function publishUntil(
  stopping: AbortSignal,
  server: ServerProcess,
  { key, organizationId }: { key: string; organizationId: string },
) {
  const ids: string[] = [];
  const refusals: string[] = [];
  const publish = async (n: number): Promise<void> => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: PUBLISH, variables: { input: { organizationId, type: 'order_created', payload: { n } } } }),
    });
    const { data, errors } = (await response.json()) as Answer;
    if (errors === undefined) ids.push(data.publishEvent.event.id);
    else refusals.push(JSON.stringify(errors));
  };

  const underWay: Promise<unknown>[] = [];
  const pace = { startAt: monotonicNow(), ratePerSecond: RATE_PER_SECOND, count: Infinity };
  const send = (n: number) => void underWay.push(publish(n).catch((error: unknown) => refusals.push(String(error))));
  await sendAtRate(pace, send, { clock: monotonicClock, signal: stopping }).catch(() => {});
  await Promise.all(underWay);
  return { ids, refusals };
}

it('a server of 1 GiB bears all attacks at once, and takes and delivers meanwhile what a caller with a key publishes', async ({
  signal,
}) => {
  await using folder = await makeDataFolder();
  await using server = await startServerProcess(folder.path, { NODE_OPTIONS: `--max-old-space-size=${HEAP_LIMIT_MIB}` });
  await using receiver = await startReceiver();
  const asked = { url: server.url, ask: server.gql };
  const organizationId = await makeOrganization(server);
  await makeWebhook(server, { organizationId, endpoint: receiver.url });
  const key = await makeKnownKey(asked, organizationId, 'PUBLISH');
  const victim = await makeVictim(asked);
  const parts = createStageParts({ leftovers: new Leftovers(), signal });
  await using attackers = startAskedProcess<AttackerCommands>(ATTACKERS_FILE, 'attackers', parts);

  const stopping = new AbortController();
  const publishing = publishUntil(AbortSignal.any([stopping.signal, signal]), server, { key, organizationId });
  await attackers.ask('begin', { victim, pauseMs: ATTACK_PAUSE_MS });
  // Clients that do not read are given the longest time of all: by then each attack was made and answered.
  await until(server.logged('answers.cut_off'), signal);
  const figures = await attackers.ask('end', {});
  stopping.abort();
  const { ids, refusals } = await publishing;

  expect(figures.filter(({ roundCount, faults }) => roundCount === 0 || faults.length > 0)).toEqual([]);
  expect(refusals).toEqual([]);
  const received = await receiver.requests(ids.length);
  expect(received.map(({ body }) => JSON.parse(body.toString()).id).toSorted()).toEqual(ids.toSorted());
  const health = await fetch(`${server.url}/health`);
  expect([health.status, server.log.filter(({ level }) => level === 'error')]).toEqual([200, []]);
  // Linux alone tells it.
  const memory = await readResidentMemory(server.pid);
  if (memory !== null) expect(memory.peakBytes / 2 ** 20).toBeLessThan(MEMORY_LIMIT_MIB);
});
