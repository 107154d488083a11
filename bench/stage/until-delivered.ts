import { pause, within } from './until.js';
import type { Stage } from './with-stage.js';

/** How long deliveries may take to arrive after the last publish, and then to be recorded, in milliseconds. */
const DRAIN_LIMIT_MS = 300_000;
const RECORD_LIMIT_MS = 30_000;

const POLL_MS = 50;

/** Waits until all that is owed has arrived and is recorded. That it does not in time is for the ledger to tell, which knows how many. */
export async function untilDelivered({ receiver, database, signal }: Stage, owedCount: number): Promise<void> {
  const arrival = within(DRAIN_LIMIT_MS, signal, 'Deliveries are missing.');
  const recording = within(DRAIN_LIMIT_MS + RECORD_LIMIT_MS, signal, 'Records are missing.');
  try {
    await receiver.hasTold(owedCount, arrival);
    const isOpen = async () => (await database.countDeliveries()).some(({ status }) => status !== 'SUCCEEDED');
    while (await isOpen()) await pause(POLL_MS, recording);
  } catch (error) {
    if (signal.aborted || !(arrival.aborted || recording.aborted)) throw error;
  }
}
