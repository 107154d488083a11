import { openCountOf } from '../figures/ledger.js';
import type { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import { type StagedHook, stageHook } from './stage-hook.js';
import { until } from './until.js';
import type { Stage } from './with-stage.js';

/**
 * What the server is set to where receivers are down for a while. By default the second attempt of what failed comes after 5 s, but
 * the third after 5 minutes and the fourth after half an hour, and then a run would measure the schedule. Few deliveries are
 * attempted more often than once or twice: all others wait behind the hook's circuit, which opens after five attempts in a row
 * without an answer.
 */
export const OUTAGE_SETTINGS = { RETRY_SCHEDULE: Array.from({ length: 50 }, () => '5s').join(',') };

/** The same in words, for reports. */
export const OUTAGE_WORDS =
  'Set: RETRY_SCHEDULE=5s,5s,… (50 times), so that the few deliveries that were attempted meanwhile come in time; all else is as by default.';

/** Receivers that are down: they refuse connections. */
export interface Outage {
  hooks: readonly StagedHook[];
  /** How long the publishing took. */
  publishSeconds: number;
  /** How many deliveries wait then. */
  waitingCount: number;
  /** That not all of them do, in a sentence, where it is so: then what is delivered later is not what waited. */
  faults: readonly string[];
  /** Lets them listen again, each on its port, and answers with the instant just before, on the monotonic clock. */
  end(): Promise<number>;
}

/** Makes hooks, closes their ports, and publishes to them in turns, in bulk and as fast as the server takes it. */
export async function publishIntoOutage(
  stage: Stage,
  { generator, hookCount, eventCount }: { generator: LoadGenerator; hookCount: number; eventCount: number },
  say: (text: string) => void,
): Promise<Outage> {
  const hooks: StagedHook[] = [];
  while (hooks.length < hookCount) {
    hooks.push(await stageHook(stage, { name: `Customer ${hooks.length + 1}`, behaviour: 'answer', mayBeClosed: true }));
  }
  for (const { port } of hooks) await stage.receiver.ask('close', { port });

  const startedAt = monotonicNow();
  const total = eventCount.toLocaleString('en');
  await until(
    generator.publishMany(hooks, eventCount, (count) => say(`${count.toLocaleString('en')} of ${total} published`)),
    stage.signal,
  );
  const publishSeconds = (monotonicNow() - startedAt) / 1000;
  const waitingCount = openCountOf(await stage.database.countDeliveries());
  return {
    hooks,
    publishSeconds,
    waitingCount,
    faults: findWaitingFaults(waitingCount, eventCount),
    async end() {
      const endedAt = monotonicNow();
      await Promise.all(hooks.map(({ port }) => stage.receiver.ask('reopen', { port })));
      return endedAt;
    },
  };
}

export function findWaitingFaults(waitingCount: number, eventCount: number): string[] {
  return waitingCount === eventCount ? [] : [`Expected ${eventCount} deliveries to wait for the receivers, received ${waitingCount}.`];
}
