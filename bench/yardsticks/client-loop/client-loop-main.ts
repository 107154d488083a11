import { BodySender, eventOf } from '../body-sender.js';
import { inParallel } from '../in-parallel.js';
import { serveYardstick } from '../serve-yardstick.js';
import { CONCURRENCY } from '../yardstick-plan.js';

// What the HTTP client alone can do here: nothing is published, signed, queued or stored.
await serveYardstick(async ({ port }) => {
  const sender = new BodySender(port);
  return {
    description: 'undici',
    deliver: (range) => inParallel(range, CONCURRENCY, (number) => sender.send(eventOf(number))),
    readStoreCpuSeconds: async () => null,
    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  };
});
