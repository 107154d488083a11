import { describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import { makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { makeDatabase } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';
import { watchLog } from '../support/watched-log.js';
import { startPooler } from './start-pooler.js';

const listening = { databaseNotifications: 'listen' } as const;

describe('a server that listens behind a transaction pooler', () => {
  it('is refused by a PgBouncer as it is installed, and is told which setting it needs', async () => {
    await using database = await makeDatabase();
    await using pooler = await startPooler({ connectionCount: 2 });

    const starting = startTestServer({ config: { databaseUrl: pooler.through(database.url), ...listening } });

    await expect(starting).rejects.toMatchObject({
      name: 'UnreachableError',
      message: expect.stringMatching(/cannot be used: .*Behind a transaction pooler such as PgBouncer, set DATABASE_NOTIFICATIONS=poll\.$/),
    });
  });

  it('loses nothing behind one that is set to take it all the same, and says in its log that it hears nothing', async () => {
    await using database = await makeDatabase();
    await using pooler = await startPooler({ connectionCount: 2, settings: ['ignore_startup_parameters = statement_timeout'] });
    await using receiver = await startReceiver();
    const clock = new ManualClock();
    const config = { databaseUrl: pooler.through(database.url), takeoverAfterMs: 365 * 86_400_000, ...listening };
    const { log, logged } = watchLog();
    await using _ = await startTestServer({ clock, log, config });
    await using second = await startTestServer({ clock, config: { ...config, role: 'api' } });
    const organizationId = await makeOrganization(second);
    await makeWebhook(second, { organizationId, endpoint: receiver.url });

    await publish(second, organizationId);
    clock.advance(5000);
    const [request] = await receiver.requests(1);
    const { advice } = await logged('notifications.unheard');

    expect(JSON.parse(request!.body.toString()).data).toEqual({ n: 1 });
    expect(advice).toBe('Behind a transaction pooler such as PgBouncer, set DATABASE_NOTIFICATIONS=poll.');
  });
});
