import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { ATTEMPTS, makeOrganization, makeWebhook, publish } from '../support/platform.js';
import { onPostgres } from '../support/postgres.js';
import { startReceiver } from '../support/receiver.js';
import { startTestServer } from '../support/server.js';

describe.runIf(onPostgres)('a subscriber of one of several servers', () => {
  it('sees the attempts of all of them, and misses none when it goes on at another one', async () => {
    await using receiver = await startReceiver();
    await using a = await startTestServer({ clock: systemClock });
    await using b = await startTestServer({ clock: systemClock, config: { dataDir: a.dataDir } });
    const organizationId = await makeOrganization(a);
    for (let count = 0; count < 4; count += 1) await makeWebhook(a, { organizationId, endpoint: receiver.url });
    const published: string[] = [];
    const publishSome = async () => {
      for (const server of [a, b, a, b, a]) published.push(await publish(server, organizationId));
    };
    const servers = [a, b, a, b];

    const seen: any[] = [];
    let after: string | undefined;
    for (const server of servers) {
      const attempts = await server.subscribe(ATTEMPTS, { organizationId, after });
      await publishSome();
      // Some are left for the next server.
      seen.push(...(await attempts.take(15)));
      after = seen.at(-1).deliveryAttempts.cursor;
      await attempts.end();
    }
    const rest = await b.subscribe(ATTEMPTS, { organizationId, after });
    seen.push(...(await rest.take(4 * published.length - seen.length)));

    const attempts = seen.map(({ deliveryAttempts }) => deliveryAttempts.attempt);
    const countOf = (id: string) => attempts.filter(({ delivery }) => delivery.event.id === id).length;
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(4 * published.length);
    expect(published.map(countOf)).toEqual(published.map(() => 4));
    expect(rest.waitingCount).toBe(0);
  });
});
