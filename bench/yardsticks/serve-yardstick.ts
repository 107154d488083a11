import { once } from 'node:events';
import type { NumberRange } from '../figures/number-range.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { YardstickMessage, YardstickPlan } from './yardstick-plan.js';

/** What delivers, once it stands. */
export interface Deliverer extends AsyncDisposable {
  /** What it is made of, for the result. */
  description: string;
  /** Delivers the events of these numbers, and ends when all of them are done with. */
  deliver(range: NumberRange): Promise<void>;
  /** How many seconds of a core that has worked which it stores in; null where there is none, or no telling. */
  readStoreCpuSeconds(): Promise<number | null>;
}

/** The whole life of a yardstick's process: it warms up, says so, waits to be told, delivers, says so and ends. */
export async function serveYardstick(prepare: (plan: YardstickPlan) => Promise<Deliverer>): Promise<void> {
  // A terminal's Ctrl-C reaches the whole group; who started this process is the one to end it.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
  try {
    const plan = JSON.parse(process.argv[2]!) as YardstickPlan;
    await using deliverer = await prepare(plan);
    await deliverer.deliver({ first: 1, last: plan.warmupCount });
    tell({ ready: { description: deliverer.description } });
    await once(process, 'message');
    const storeBefore = await deliverer.readStoreCpuSeconds();
    const ownBefore = process.cpuUsage();
    const startedAt = monotonicNow();
    await deliverer.deliver({ first: plan.warmupCount + 1, last: plan.warmupCount + plan.deliveryCount });
    const own = process.cpuUsage(ownBefore);
    const storeAfter = await deliverer.readStoreCpuSeconds();
    const storeCpuSeconds = storeBefore === null || storeAfter === null ? null : storeAfter - storeBefore;
    tell({ done: { startedAt, senderCpuSeconds: (own.user + own.system) / 1e6, storeCpuSeconds } });
  } catch (error) {
    tell({ fault: String(error) });
  }
  process.disconnect();
}

function tell(message: YardstickMessage): void {
  process.send!(message);
}
