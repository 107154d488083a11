import { monotonicNow } from '../monotonic-clock.js';
import { pause } from './until.js';
import type { Stage } from './with-stage.js';

/** How long nothing may arrive before it is given up, in milliseconds: probes of an open circuit are up to 30 s apart. */
const STANDSTILL_MS = 120_000;

const LOOK_MS = 250;

/** Waits until so many deliveries were answered, or none for long. That they did not all come is for the ledger to tell, which knows how many. */
export async function untilDrained(
  { receiver, signal }: Pick<Stage, 'receiver' | 'signal'>,
  count: number,
  say: (text: string) => void,
): Promise<void> {
  let [seenCount, seenAt] = [-1, monotonicNow()];
  while (receiver.toldCount < count && monotonicNow() - seenAt < STANDSTILL_MS) {
    if (receiver.toldCount !== seenCount) [seenCount, seenAt] = [receiver.toldCount, monotonicNow()];
    say(`${receiver.toldCount.toLocaleString('en')} of ${count.toLocaleString('en')} delivered`);
    await pause(LOOK_MS, signal);
  }
}
