import { latenciesOf } from '../figures/latencies.js';
import type { Ledger } from '../figures/ledger.js';
import { type Spread, spreadOf } from '../figures/percentiles.js';
import { carryLoad, type LoadedHook } from '../load/carry-load.js';
import { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { closeBooks } from '../stage/close-books.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageHook } from '../stage/stage-hook.js';
import { until } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import type { LatencySettings } from './latency-options.js';

/** What one run at a rate found. */
export interface RateFigures {
  ratePerSecond: number;
  database: string;
  /** From the due instant to the first byte at the receiver. */
  latencyMs: Spread;
  /** From the due instant to the sending of the publish: the part of it that is the generator's own. */
  generatorLateMs: Spread;
  ledger: Ledger;
  /** The most that the server ever held of the machine's memory; null where the system does not tell. */
  serverPeakBytes: number | null;
  /** The share of the machine's CPU time during the load that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

/** Measures a rate on a stage of its own, start to end; `say` hears how it goes. */
export async function measureRate(
  ratePerSecond: number,
  settings: LatencySettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<RateFigures> {
  say('starting');
  const plan = { database: settings.database, serverCount: 1 };
  return withStage(surroundings, plan, (stage) => measureOn(stage, { ratePerSecond, settings, say }));
}

async function measureOn(
  stage: Stage,
  { ratePerSecond, settings, say }: { ratePerSecond: number; settings: LatencySettings; say: (text: string) => void },
): Promise<RateFigures> {
  const { receiver, database, signal } = stage;
  const [server] = stage.servers;
  const generator = new LoadGenerator(server.api, monotonicNow);
  const hooks: LoadedHook[] = [];
  while (hooks.length < settings.hooks) {
    hooks.push({ isMeasured: true, ...(await stageHook(stage, { name: `Customer ${hooks.length + 1}`, behaviour: 'answer' })) });
  }

  const pids = [server.pid, receiver.pid, process.pid];
  const readMachine = () => readCpuTime(pids, database.host?.pid);
  const machineBefore = await readMachine();
  const pace = { ratePerSecond, warmupSeconds: settings.warmup, seconds: settings.seconds };
  const load = await carryLoad(pace, hooks, { stage, generator, say });
  await until(generator.settle(), signal);
  say(`waiting for ${generator.acknowledged.size - receiver.toldCount} deliveries`);
  await untilDelivered(stage, generator.acknowledged.size);
  const othersCpuShare = othersShare(machineBefore, await readMachine());

  const memory = await readResidentMemory(server.pid);
  await server.stop();
  const { arrivals, ledger } = await closeBooks(stage, generator, new Set(hooks.map(({ id }) => id)));
  return {
    ratePerSecond,
    database: database.name,
    latencyMs: spreadOf(latenciesOf(arrivals, load.measured)),
    generatorLateMs: spreadOf(load.latenessMs),
    ledger,
    serverPeakBytes: memory?.peakBytes ?? null,
    othersCpuShare,
    serverErrorCount: server.errorCount,
    faults: ledger.faults,
  };
}
