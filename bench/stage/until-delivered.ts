import { pause, within } from './until.js';
import type { Stage } from './with-stage.js';

/** How long deliveries may take to arrive after the last publish, and then to be recorded, in milliseconds. */
const DRAIN_LIMIT_MS = 300_000;
const RECORD_LIMIT_MS = 30_000;

const POLL_MS = 50;

type Watched = Pick<Stage, 'receiver' | 'database' | 'signal'>;

/** Waits until all that is owed has arrived and is recorded. That it does not in time is for the ledger to tell, which knows how many. */
export async function untilDelivered(stage: Watched, owedCount: number): Promise<void> {
  await untilArrived(stage, owedCount);
  const { database, signal } = stage;
  const isOpen = async () => (await database.countDeliveries()).some(({ status }) => status !== 'SUCCEEDED');
  const limit = within(RECORD_LIMIT_MS, signal, 'Records are missing.');
  await orLimit(limit, signal, async () => {
    while (await isOpen()) await pause(POLL_MS, limit);
  });
}

/** Waits until all that is owed has arrived, and asks the database nothing. */
export async function untilArrived({ receiver, signal }: Watched, owedCount: number): Promise<void> {
  const limit = within(DRAIN_LIMIT_MS, signal, 'Deliveries are missing.');
  await orLimit(limit, signal, () => receiver.hasTold(owedCount, limit));
}

async function orLimit(limit: AbortSignal, signal: AbortSignal, wait: () => Promise<void>): Promise<void> {
  try {
    await wait();
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
  }
}
