import { monotonicClock, monotonicNow } from '../monotonic-clock.js';
import type { StagedHook } from '../stage/stage-hook.js';
import type { Stage } from '../stage/with-stage.js';
import type { LoadGenerator } from './load-generator.js';
import { sendAtRate } from './send-at-rate.js';

/** Between the last preparation and the first event, so that nothing of the one falls into the other. */
const BREATH_MS = 200;

const STATUS_PERIOD_MS = 250;

/** What sends load and where to. */
export interface LoadParts {
  stage: Stage;
  generator: LoadGenerator;
  say: (text: string) => void;
}

/** A hook that load goes to. */
export interface LoadedHook extends StagedHook {
  /** Whether its latencies count. */
  isMeasured: boolean;
}

/** How much comes, and for how long. */
export interface PacedLoad {
  ratePerSecond: number;
  warmupSeconds: number;
  seconds: number;
}

export interface CarriedLoad {
  /** The numbers of the events that count. */
  measured: ReadonlySet<number>;
  /** From the due instant to the sending, of each of them. */
  latenessMs: readonly number[];
}

/** Sends the load, first what is for warming up. */
export async function carryLoad(
  { ratePerSecond, warmupSeconds, seconds }: PacedLoad,
  hooks: readonly LoadedHook[],
  { stage, generator, say }: LoadParts,
): Promise<CarriedLoad> {
  const warmupCount = warmupSeconds * ratePerSecond;
  const pace = { startAt: monotonicNow() + BREATH_MS, ratePerSecond, count: warmupCount + seconds * ratePerSecond };
  const measured = new Set<number>();
  const latenessMs: number[] = [];
  let sentCount = 0;
  const status = setInterval(() => {
    const phase = sentCount < warmupCount ? 'warming up' : `${Math.floor((sentCount - warmupCount) / ratePerSecond)} of ${seconds} s`;
    say(`${phase}, ${sentCount} events sent, ${stage.receiver.toldCount} delivered`);
  }, STATUS_PERIOD_MS);
  try {
    await sendAtRate(
      pace,
      (index, dueAt) => {
        const hook = hooks[index % hooks.length]!;
        const lateMs = monotonicNow() - dueAt;
        const number = generator.publish(hook, dueAt);
        sentCount += 1;
        if (index < warmupCount || !hook.isMeasured) return;
        measured.add(number);
        latenessMs.push(lateMs);
      },
      { clock: monotonicClock, signal: stage.signal },
    );
  } finally {
    clearInterval(status);
  }
  return { measured, latenessMs };
}
