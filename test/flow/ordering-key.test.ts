import { describe, expect, it } from 'vitest';
import { readDeliveries } from '../support/platform.js';
import { startPlatform } from '../support/start-platform.js';

const PUBLISH = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { duplicate event { id orderingKey } } }';

describe('an ordering key', () => {
  it.each([0, 257])('of %i characters is refused', async (length) => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const event = { type: 'order_created', payload: {}, orderingKey: 'k'.repeat(length) };

    const { errors } = await server.ask(PUBLISH, { input: { organizationId, events: [{ ...event, orderingKey: null }, event] } });

    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [{ path: 'input.events[1].orderingKey', expected: '1 to 256 characters' }],
    });
    expect(await readDeliveries(server, organizationId)).toEqual([]);
  });

  it('of 256 characters is taken and shown', async () => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const orderingKey = '🦔'.repeat(128);

    const { publishEvents } = await server.gql(PUBLISH, {
      input: { organizationId, events: [{ type: 'order_created', payload: {}, orderingKey }] },
    });

    expect(publishEvents).toMatchObject([{ event: { orderingKey } }]);
  });

  it('belongs to what an idempotency key stands for', async () => {
    await using platform = await startPlatform();
    const { server, organizationId } = platform;
    const publishAs = (orderingKey: string | null) =>
      server.ask(PUBLISH, {
        input: { organizationId, events: [{ type: 'order_created', payload: {}, idempotencyKey: 'once', orderingKey }] },
      });
    const first = await publishAs('a');

    const [same, other, none] = [await publishAs('a'), await publishAs('b'), await publishAs(null)];

    expect(same.data.publishEvents).toEqual([{ duplicate: true, event: first.data.publishEvents[0].event }]);
    for (const { errors } of [other, none]) {
      expect(errors![0]!.extensions).toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
        faults: [{ path: 'input.events[0].idempotencyKey', expected: expect.stringContaining('another ordering key') as string }],
      });
    }
  });
});
