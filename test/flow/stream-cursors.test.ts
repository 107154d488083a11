import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ATTEMPTS, HEALTH, makeOrganization, makeWebhook, pauseHook, publish, RESULTS, resumeHook } from '../support/platform.js';
import { ManualClock } from '../support/manual-clock.js';
import { onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { startPlatform } from '../support/start-platform.js';

const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

async function readStreamCursor(server: TestServer, id: string): Promise<string> {
  const { organization } = await server.gql('query ($id: ID!) { organization(id: $id) { streamCursor } }', { id });
  return organization.streamCursor;
}

describe("an organization's streamCursor", () => {
  it('is where each of the streams goes on from', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, hookId } = platform;
    const witness = {
      results: await server.subscribe(RESULTS, { organizationId }),
      health: await server.subscribe(HEALTH, { organizationId }),
    };
    const change = async () => {
      const id = await publish(server, organizationId);
      await witness.results.next();
      await pauseHook(server, hookId);
      await resumeHook(server, hookId);
      return [id, ...(await witness.health.take(2)).map(({ hookHealth }: any) => hookHealth.health.status)];
    };
    await change();
    const after = await readStreamCursor(server, organizationId);
    const [eventId, ...statuses] = await change();

    const attempts = await server.subscribe(ATTEMPTS, { organizationId, after });
    const results = await server.subscribe(RESULTS, { organizationId, after });
    const health = await server.subscribe(HEALTH, { organizationId, after });

    expect((await attempts.next()).deliveryAttempts.attempt.delivery.event.id).toBe(eventId);
    expect((await results.next()).deliveryResults.delivery.event.id).toBe(eventId);
    expect((await health.take(2)).map(({ hookHealth }: any) => hookHealth.health.status)).toEqual(statuses);
    expect([attempts, results, health].map(({ waitingCount }) => waitingCount)).toEqual([0, 0, 0]);
  });

  it('tells nothing of what others do: it is another one each time, whether they do anything or not', async () => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const idle = await makeOrganization(server);
    const cursors: string[] = [];

    for (let count = 0; count < 5; count += 1) cursors.push(await readStreamCursor(server, idle));
    await publish(server, organizationId);
    for (let count = 0; count < 5; count += 1) cursors.push(await readStreamCursor(server, idle));

    // Of each block too, since there is one for each log.
    const blocks = cursors.flatMap((cursor) => {
      const bytes = Buffer.from(cursor, 'base64url');
      return [bytes.subarray(0, 16), bytes.subarray(16)].map((block) => block.toString('hex'));
    });
    expect(new Set(blocks).size).toBe(20);
  });
});

describe('a cursor', () => {
  it.each([
    ['of before they were sealed', Buffer.from('change:0').toString('base64url')],
    ['that is none', 'nonsense'],
    ['of a list', Buffer.from('["019b796d-0000-7000-8000-000000000000"]').toString('base64url')],
  ])('%s is refused by name', async (_, after) => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;

    for (const query of [ATTEMPTS, RESULTS, HEALTH]) {
      const notices = await server.subscribe(query, { organizationId, after });

      await expect(notices.next()).rejects.toThrow('after: expected a cursor that this organization was given');
    }
  });

  it('of a list is refused where it is none, and by name', async () => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const after = await readStreamCursor(server, organizationId);

    const answer = await server.ask(
      'query ($id: ID!, $after: String) { organization(id: $id) { events(after: $after) { edges { cursor } } } }',
      {
        id: organizationId,
        after,
      },
    );

    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', faults: [{ path: 'after' }] } }]);
  });

  it('of before the keys were turned over is good until the old one is gone, and so is one of after it', async () => {
    const clock = new ManualClock();
    await using receiver = await startReceiver();
    await using before = await startTestServer({ clock, config: { encryptionKeys: [OLD] } });
    const { dataDir } = before;
    const organizationId = await makeOrganization(before);
    await makeWebhook(before, { organizationId, endpoint: receiver.url });
    const first = await readStreamCursor(before, organizationId);
    await publish(before, organizationId);
    await receiver.next();
    await before.stop();

    await using turned = await startTestServer({ clock, config: { dataDir, encryptionKeys: [NEW, OLD] } });
    const attempts = await turned.subscribe(ATTEMPTS, { organizationId, after: first });
    const { cursor } = (await attempts.next()).deliveryAttempts;
    await publish(turned, organizationId);
    const next = await attempts.next();
    await turned.stop();
    await using back = await startTestServer({ clock, config: { dataDir, encryptionKeys: [OLD, NEW] } });
    const again = await back.subscribe(ATTEMPTS, { organizationId, after: cursor });

    expect((await again.next()).deliveryAttempts.attempt.id).toBe(next.deliveryAttempts.attempt.id);
    expect(again.waitingCount).toBe(0);
  });

  it.runIf(onPostgres)('of one of several servers is good at another, also while their keys are turned over', async () => {
    const clock = systemClock;
    await using receiver = await startReceiver();
    await using a = await startTestServer({ clock, config: { encryptionKeys: [OLD, NEW] } });
    await using b = await startTestServer({ clock, config: { dataDir: a.dataDir, encryptionKeys: [NEW, OLD] } });
    const organizationId = await makeOrganization(a);
    await makeWebhook(a, { organizationId, endpoint: receiver.url });

    let after = await readStreamCursor(a, organizationId);
    const seen: string[] = [];
    const published: string[] = [];
    for (const server of [b, a, b, a]) {
      published.push(await publish(a, organizationId));
      const attempts = await server.subscribe(ATTEMPTS, { organizationId, after });
      const { cursor, attempt } = (await attempts.next()).deliveryAttempts;
      seen.push(attempt.delivery.event.id);
      after = cursor;
      await attempts.end();
    }

    expect(seen).toEqual(published);
  });
});
