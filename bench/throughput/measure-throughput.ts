import { deliveriesPerSecond } from '../figures/deliveries-per-second.js';
import type { Ledger } from '../figures/ledger.js';
import { callSizeOf } from '../load/call-sizes.js';
import { closeBook } from '../load/close-book.js';
import { measureClosedLoop } from '../load/measure-closed-loop.js';
import { PublishBook } from '../load/publish-book.js';
import { publishInTurns } from '../load/publish-load.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageOrganizations } from '../stage/stage-organizations.js';
import { until } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import { eventCountFor, type ThroughputForm, type ThroughputSettings } from './throughput-options.js';

/** What one run of a form found. */
export interface ThroughputFigures extends ThroughputForm {
  /** From the sending of the first publish to the arrival of the last delivery. */
  deliveriesPerSecond: number;
  /** To the end of the recording. */
  cpuSecondsPerThousand: CpuWork;
  /** The most that the server ever held of the machine's memory; null where the system does not tell. */
  serverPeakBytes: number | null;
  ledger: Ledger;
  /** The share of the machine's CPU time that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

const STATUS_PERIOD_MS = 500;

/** Measures a form on a stage of its own, start to end; `say` hears how it goes. */
export async function measureThroughput(
  form: ThroughputForm,
  settings: ThroughputSettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<ThroughputFigures> {
  say('starting');
  const plan = { database: form.database, serverCount: 1 };
  return withStage(surroundings, plan, (stage) => measureOn(stage, { form, settings, say }));
}

async function measureOn(
  stage: Stage,
  { form, settings, say }: { form: ThroughputForm; settings: ThroughputSettings; say: (text: string) => void },
): Promise<ThroughputFigures> {
  const { receiver, database, signal } = stage;
  const [server] = stage.servers;
  const { hooks, events, warmup, publishers } = settings;
  const { fanOut } = form;
  const organizations = await stageOrganizations(stage, hooks / fanOut, fanOut);
  const book = new PublishBook([server.api], organizations, monotonicNow);
  const load = { callSize: callSizeOf(form), publisherCount: publishers };
  const status = setInterval(() => say(`${book.owedCount} deliveries owed, ${receiver.toldCount} delivered`), STATUS_PERIOD_MS);
  using _ = { [Symbol.dispose]: () => clearInterval(status) };
  await until(publishInTurns(book, { ...load, eventCount: eventCountFor(warmup, fanOut) }, signal), signal);
  await untilDelivered(stage, book.owedCount);
  const loop = await measureClosedLoop(stage, book, { ...load, eventCount: eventCountFor(events, fanOut) });

  const memory = await readResidentMemory(server.pid);
  await server.stop();
  const arrivals = await receiver.ask('takeArrivals', {});
  const ledger = closeBook(book, arrivals, await database.countDeliveries());
  return {
    ...form,
    deliveriesPerSecond: deliveriesPerSecond(arrivals, loop.startedAt, loop.range),
    cpuSecondsPerThousand: loop.cpuSecondsPerThousand,
    serverPeakBytes: memory?.peakBytes ?? null,
    ledger,
    othersCpuShare: loop.othersCpuShare,
    serverErrorCount: server.errorCount,
    faults: ledger.faults,
  };
}
