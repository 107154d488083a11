import { describe, expect, it } from 'vitest';
import type { Notices } from '../support/notices.js';
import { ATTEMPTS, HEALTH, makeOrganization, makeWebhook, pauseHook, publish, resumeHook } from '../support/platform.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { startPlatform } from '../support/start-platform.js';

const NOBODY = '019b796d-0000-7000-8000-000000000000';

const healthOf = ({ hookHealth }: any) => hookHealth.health;
const cursorOf = ({ hookHealth }: any): string => hookHealth.cursor;

/** The errors by which a subscription was refused. */
async function refusalOf(notices: Notices<unknown>): Promise<unknown> {
  const failure = await notices.next().then(
    () => undefined,
    (error: Error) => error,
  );
  return JSON.parse(failure!.message);
}

describe('the stream of health', () => {
  const togglePause = async (server: TestServer, hookId: string) => {
    await pauseHook(server, hookId);
    await resumeHook(server, hookId);
  };

  it('goes on after a cursor, also after a restart, with what happened meanwhile and what comes', async () => {
    await using platform = await startPlatform();
    const { server: before, organizationId, hookId, clock } = platform;
    const witness = await before.subscribe(HEALTH, { organizationId });
    await togglePause(before, hookId);
    await pauseHook(before, hookId);
    const told = await witness.take(3);

    const live = await before.subscribe(HEALTH, { organizationId, after: cursorOf(told[0]) });
    const replayed = await live.take(2);
    await before.stop();
    await using after = await startTestServer({ clock, config: { dataDir: before.dataDir } });
    const resumed = await after.subscribe(HEALTH, { organizationId, after: cursorOf(told[0]) });
    await resumeHook(after, hookId);

    const noticesAfter = (notices: any[]) => notices.map((notice) => [cursorOf(notice), healthOf(notice).status]);
    expect(noticesAfter(replayed)).toEqual(noticesAfter(told.slice(1)));
    const all = await resumed.take(3);
    expect(noticesAfter(all.slice(0, 2))).toEqual(noticesAfter(told.slice(1)));
    expect(healthOf(all[2]).status).toBe('HEALTHY');
    expect(resumed.waitingCount).toBe(0);
  });

  it('takes no cursor of another stream, and gives none that another takes', async () => {
    await using platform = await startPlatform();
    const { server, organizationId, hookId } = platform;
    const health = await server.subscribe(HEALTH, { organizationId });
    const attempts = await server.subscribe(ATTEMPTS, { organizationId });
    await publish(server, organizationId);
    const { cursor } = (await attempts.next()).deliveryAttempts;
    await pauseHook(server, hookId);
    const ownCursor = cursorOf(await health.next());

    const wrong = await server.subscribe(HEALTH, { organizationId, after: cursor });
    const wrongToo = await server.subscribe(ATTEMPTS, { organizationId, after: ownCursor });

    const streams = ['deliveryAttempts and deliveryResults', 'hookHealth'] as const;
    for (const [notices, after, of, asked] of [
      [wrong, cursor, ...streams] as const,
      [wrongToo, ownCursor, ...streams.toReversed()] as const,
    ]) {
      const received = JSON.stringify(after);
      const faults = [
        { path: 'after', received, expected: `a cursor of ${asked}, or the organization's streamCursor: this one is of ${of}` },
      ];
      expect(await refusalOf(notices)).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', faults } }]);
    }
  });

  it('filters by webhook and by hook, live and from a cursor on, and shows an organization nothing of another', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId, webhookId, hookId } = platform;
    const types = ['order_created', 'order_removed'];
    const { id: otherId, hookIds } = await makeWebhook(server, { organizationId, endpoint: receiver.url, types });
    const foreignId = await makeOrganization(server);
    const foreign = await makeWebhook(server, { organizationId: foreignId, endpoint: receiver.url });
    const all = await server.subscribe(HEALTH, { organizationId });
    await togglePause(server, hookId);
    const [first] = await all.take(2);
    const filters = [
      { webhookId },
      { webhookId: otherId },
      { hookId: hookIds.order_removed },
      { webhookId, hookId: hookIds.order_removed },
    ];
    const live = await Promise.all(filters.map((filter) => server.subscribe(HEALTH, { organizationId, ...filter })));

    for (const id of [foreign.hookIds.order_created!, hookId, hookIds.order_created!, hookIds.order_removed!]) await pauseHook(server, id);

    const idsOf = (notices: any[]) => notices.map(({ hookHealth }) => hookHealth.hook.id);
    expect(idsOf(await all.take(3))).toEqual([hookId, hookIds.order_created, hookIds.order_removed]);
    const replayed = await Promise.all(
      filters.map((filter) => server.subscribe(HEALTH, { organizationId, after: cursorOf(first), ...filter })),
    );
    expect(idsOf(await live[0]!.take(1))).toEqual([hookId]);
    expect(idsOf(await replayed[0]!.take(2))).toEqual([hookId, hookId]);
    for (const [, ofOther, ofHook, ofNone] of [live, replayed]) {
      expect(idsOf(await ofOther!.take(2))).toEqual([hookIds.order_created, hookIds.order_removed]);
      expect(idsOf(await ofHook!.take(1))).toEqual([hookIds.order_removed]);
      expect(ofNone!.waitingCount).toBe(0);
    }
    expect([all, ...live, ...replayed].map(({ waitingCount }) => waitingCount)).toEqual(Array(9).fill(0));
  });

  it('is of what is there and is its own', async () => {
    await using platform = await startPlatform();
    const { server, receiver, organizationId } = platform;
    const foreignId = await makeOrganization(server);
    const foreign = await makeWebhook(server, { organizationId: foreignId, endpoint: receiver.url });
    const cases = [
      [{ organizationId: NOBODY }, 'organization', NOBODY],
      [{ organizationId, webhookId: NOBODY }, 'webhook', NOBODY],
      [{ organizationId, webhookId: foreign.id }, 'webhook', foreign.id],
      [{ organizationId, hookId: 'nobody' }, 'hook', 'nobody'],
      [{ organizationId, hookId: foreign.hookIds.order_created }, 'hook', foreign.hookIds.order_created],
    ] as const;

    for (const [variables, noun, id] of cases) {
      const notices = await server.subscribe(HEALTH, variables);

      const message = `There is no ${noun} with the id "${id}".`;
      expect(await refusalOf(notices)).toMatchObject([{ message, extensions: { code: 'NOT_FOUND' } }]);
    }
  });
});
