import { join } from 'node:path';
import pLimit from 'p-limit';
import { systemClock } from '../../../src/clock.js';
import { createIdSource } from '../../../src/ids.js';
import { systemRandom } from '../../../src/random.js';
import { createSigningSecret, signatureHeaders } from '../../../src/send/signature.js';
import { BodySender, eventOf } from '../body-sender.js';
import { inParallel } from '../in-parallel.js';
import { serveYardstick } from '../serve-yardstick.js';
import { CONCURRENCY } from '../yardstick-plan.js';
import { type BareAttempt, BareStore } from './bare-store.js';

// What it takes at the least to store, sign, send and record: in one thread, published within its own process, with nothing that
// anybody could ask, watch, configure or steer.
await serveYardstick(async ({ port, folder }) => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(new BareStore(join(folder, 'bare-store.sqlite')));
  const sender = stack.use(new BodySender(port));
  const newId = createIdSource(systemClock, systemRandom);
  const secret = createSigningSecret(systemRandom);
  const onTheWire = pLimit(CONCURRENCY);

  async function send(deliveryId: string, body: string): Promise<BareAttempt> {
    const startedAt = Date.now();
    const signed = signatureHeaders({ id: deliveryId, timestampSeconds: Math.floor(startedAt / 1000), body, secret });
    await sender.sendText(body, Object.fromEntries(signed.map(({ name, value }) => [name, value])));
    return { id: newId(), deliveryId, startedAt, durationMs: Date.now() - startedAt, status: 200 };
  }

  async function sendAndRecord(deliveryId: string, body: string): Promise<void> {
    await store.record(await onTheWire(() => send(deliveryId, body)));
  }

  const ending = stack.move();
  return {
    description: 'better-sqlite3, undici',
    async deliver(range) {
      const deliveries: Promise<void>[] = [];
      const fault = Promise.withResolvers<never>();
      const publish = async (number: number) => {
        const event = { ...eventOf(number), id: newId() };
        const { id, organizationId, type, data } = event;
        const deliveryId = newId();
        await store.publish({ id, organizationId, type, payload: JSON.stringify(data), deliveryId });
        deliveries.push(sendAndRecord(deliveryId, JSON.stringify(event)).catch(fault.reject));
      };
      const published = inParallel(range, CONCURRENCY, publish);
      await Promise.race([published.then(() => Promise.all(deliveries)), fault.promise]);
    },
    readStoreCpuSeconds: async () => null,
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
});
