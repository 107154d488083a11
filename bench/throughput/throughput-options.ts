import type { PublishForm } from '../load/call-sizes.js';
import { choice, count, counts, folder, redisUrl, type ValuesOf } from '../options/option-rules.js';
import type { DatabaseKind } from '../stage/database-kinds.js';
import type { YardstickName } from '../yardsticks/yardstick-plan.js';

export const throughputOptions = {
  database: choice(['sqlite', 'postgres', 'both'], 'where the server keeps what it knows; of both, each form on one after the other'),
  publish: choice(['both', 'single', 'bulk'], 'how events are published: each by a call of its own, 100 a call, or one after the other'),
  'fan-out': counts([1, 10, 100], [1, 100], 'how many hooks each event goes to, one form after the other; as many make an organization'),
  events: count(
    20_000,
    [1, 10_000_000],
    'how many deliveries each form and yardstick makes: at a larger fan-out come as many fewer events',
  ),
  publishers: count(64, [1, 128], 'how many calls that publish are under way at once'),
  hooks: count(100, [1, 2000], 'how many hooks there are'),
  warmup: count(2000, [0, 1_000_000], 'how many deliveries of the same kind come before, not measured'),
  rounds: count(3, [1, 100], 'how often each form and yardstick is measured, in turns; the median is given'),
  redis: redisUrl('a Redis for BullMQ, which is left out without one; for figures to quote, start it with --save "" --appendonly yes'),
  results: folder('bench/results', 'where the result is written'),
};

export type ThroughputSettings = ValuesOf<typeof throughputOptions>;

/** One way to publish, on one database. */
export interface ThroughputForm {
  database: DatabaseKind;
  publish: PublishForm;
  fanOut: number;
}

/** Databases last: what is compared with what is measured one right after the other. */
export function formsOf(settings: Pick<ThroughputSettings, 'database' | 'publish' | 'fan-out'>): ThroughputForm[] {
  const databases = databasesOf(settings);
  const publishes = settings.publish === 'both' ? (['single', 'bulk'] as const) : [settings.publish];
  return publishes.flatMap((publish) =>
    settings['fan-out'].flatMap((fanOut) => databases.map((database) => ({ database, publish, fanOut }))),
  );
}

export function databasesOf({ database }: Pick<ThroughputSettings, 'database'>): DatabaseKind[] {
  return database === 'both' ? ['sqlite', 'postgres'] : [database];
}

/** The yardsticks beside it: BullMQ only where there is a Redis. */
export function yardsticksOf({ redis }: Pick<ThroughputSettings, 'redis'>): YardstickName[] {
  return redis === 'none' ? ['client-loop', 'bare-store'] : ['client-loop', 'bare-store', 'bullmq'];
}

/** How many events make so many deliveries, at least. */
export function eventCountFor(deliveryCount: number, fanOut: number): number {
  return Math.ceil(deliveryCount / fanOut);
}

/** What is wrong with settings that are right one by one, each a sentence. */
export function findThroughputFaults({ hooks, 'fan-out': fanOuts }: ThroughputSettings): string[] {
  return fanOuts
    .filter((fanOut) => hooks % fanOut !== 0)
    .map((fanOut) => `--hooks: expected a multiple of each --fan-out, among them ${fanOut}, received ${hooks}.`);
}
