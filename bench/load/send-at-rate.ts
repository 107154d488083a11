import type { Clock } from '../../src/clock.js';

/** When each of a row of events is due. */
export interface Pace {
  startAt: number;
  ratePerSecond: number;
  count: number;
}

/**
 * Calls `send` for each event with its index and the instant it is due: then, or as soon after as this process comes to it.
 * The instants are fixed from the start and wait for nobody (an open loop), so whoever counts from them sees every delay,
 * the generator's own too. Throws the signal's reason when it is aborted.
 */
export function sendAtRate(
  { startAt, ratePerSecond, count }: Pace,
  send: (index: number, dueAt: number) => void,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const dueAt = (index: number) => startAt + (index * 1000) / ratePerSecond;
  let index = 0;

  function sendDue(): void {
    if (signal.aborted) return reject(signal.reason);
    for (; index < count && dueAt(index) <= clock.now(); index += 1) send(index, dueAt(index));
    if (index === count) return resolve();
    // Looks at the signal within 100 ms, however slow the rate.
    clock.after(Math.min(dueAt(index) - clock.now(), 100), sendDue);
  }

  sendDue();
  return promise;
}
