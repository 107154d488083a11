import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { BodySender, eventOf } from '../body-sender.js';
import { inParallel } from '../in-parallel.js';
import { serveYardstick } from '../serve-yardstick.js';
import { CONCURRENCY } from '../yardstick-plan.js';

/** As many attempts as a webhook usually gets, and nothing kept of those that have succeeded. */
const JOB_OPTIONS = { attempts: 8, backoff: { type: 'exponential', delay: 5000 }, removeOnComplete: true };

// What a team would build otherwise: a queue on Redis, and an HTTP client. It publishes within its own process, one event a
// call; it signs nothing and keeps no attempts.
await serveYardstick(async ({ port, redisUrl }) => {
  await using stack = new AsyncDisposableStack();
  const sender = stack.use(new BodySender(port));
  const admin = connectTo(redisUrl!, stack);
  const description = await describe(admin);
  const name = `hookgraph-bench-${randomUUID()}`;
  const queue = new Queue(name, { connection: connectTo(redisUrl!, stack) });
  stack.defer(async () => {
    await queue.obliterate({ force: true });
    await queue.close();
  });

  let leftCount = 0;
  let finished = Promise.withResolvers<void>();
  const connection = connectTo(redisUrl!, stack);
  const worker = new Worker(name, (job) => sender.send(job.data), { connection, concurrency: CONCURRENCY });
  stack.defer(() => worker.close());
  worker.on('completed', () => {
    leftCount -= 1;
    if (leftCount === 0) finished.resolve();
  });
  // A retry would come seconds later: the figure would be one of the wait.
  worker.on('failed', (_, error) => finished.reject(error));
  worker.on('error', (error) => finished.reject(error));

  const ending = stack.move();
  return {
    description,
    async deliver(range) {
      leftCount = range.last - range.first + 1;
      if (leftCount === 0) return;
      finished = Promise.withResolvers();
      const added = inParallel(range, CONCURRENCY, (number) => queue.add('deliver', eventOf(number), JOB_OPTIONS));
      await Promise.all([added, finished.promise]);
    },
    readStoreCpuSeconds: () => readCpuSeconds(admin),
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  };
});

function connectTo(url: string, stack: AsyncDisposableStack): Redis {
  // Told by the command that needs it, as soon as it can't be had.
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => null });
  client.on('error', () => {});
  stack.defer(() => client.disconnect());
  return client;
}

async function readCpuSeconds(client: Redis): Promise<number | null> {
  const told = await client.info('cpu');
  const [user, system] = ['user', 'sys'].map((kind) => new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(told)?.[1]);
  return user === undefined || system === undefined ? null : Number(user) + Number(system);
}

/** How durably Redis writes decides how fast it is, so a result says it. */
async function describe(client: Redis): Promise<string> {
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of an unknown version';
  const settings = (name: string) => client.config('GET', name).catch(() => []) as Promise<string[]>;
  const [[, appendOnly = 'unknown'], [, fsync = 'unknown']] = await Promise.all([settings('appendonly'), settings('appendfsync')]);
  return `undici, Redis ${version}, appendonly ${appendOnly}${appendOnly === 'yes' ? `, appendfsync ${fsync}` : ''}`;
}
