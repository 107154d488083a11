import { type Drain, drainOf } from '../figures/drain.js';
import type { Ledger } from '../figures/ledger.js';
import { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { closeBooks } from '../stage/close-books.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { pause } from '../stage/until.js';
import { untilDrained } from '../stage/until-drained.js';
import { OUTAGE_SETTINGS, publishIntoOutage } from '../stage/outage.js';
import { readResidentMemory, type ResidentMemory } from '../stage/resident-memory.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import type { BacklogSettings } from './backlog-options.js';

/** What a run found. */
export interface BacklogFigures {
  database: string;
  /** How long the events took to publish while the receivers were down. */
  publishSeconds: number;
  /** From the receivers' coming back on. */
  drain: Drain;
  /** Of the server: when the last event was published, after the quiet with all waiting, and when all was delivered; null where the system does not tell. */
  memory: { published: ResidentMemory; waiting: ResidentMemory; drained: ResidentMemory } | null;
  ledger: Ledger;
  /** How many deliveries were open when the receivers came back. */
  waitingCount: number;
  /** The share of the machine's CPU time after the receivers' coming back that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

/** Measures on a stage of its own, start to end; `say` hears how it goes. */
export async function measureBacklog(
  settings: BacklogSettings,
  surroundings: Surroundings,
  say: (text: string) => void,
): Promise<BacklogFigures> {
  say('starting');
  const plan = { database: settings.database, serverCount: 1, settings: OUTAGE_SETTINGS };
  return withStage(surroundings, plan, (stage) => measureOn(stage, settings, say));
}

async function measureOn(
  stage: Stage,
  { events, hooks: hookCount, quiet }: BacklogSettings,
  say: (text: string) => void,
): Promise<BacklogFigures> {
  const { receiver, database } = stage;
  const [server] = stage.servers;
  const generator = new LoadGenerator(server.api, monotonicNow);
  const outage = await publishIntoOutage(stage, { generator, hookCount, eventCount: events }, say);
  const published = await readResidentMemory(server.pid);
  say(`${quiet} s of quiet`);
  await pause(quiet * 1000, stage.signal);
  const waiting = await readResidentMemory(server.pid);

  const pids = [server.pid, receiver.pid, process.pid];
  const cpuBefore = await readCpuTime(pids, database.host?.pid);
  const backAt = await outage.end();
  await untilDrained(stage, generator.acknowledged.size, say);
  const othersCpuShare = othersShare(cpuBefore, await readCpuTime(pids, database.host?.pid));
  const drained = await readResidentMemory(server.pid);
  say('stopping the server and comparing the books');
  await server.stop();

  const { arrivals, ledger } = await closeBooks(stage, generator, new Set(outage.hooks.map(({ id }) => id)));
  return {
    database: database.name,
    publishSeconds: outage.publishSeconds,
    drain: drainOf(arrivals, backAt),
    memory: published && waiting && drained && { published, waiting, drained },
    ledger,
    waitingCount: outage.waitingCount,
    othersCpuShare,
    serverErrorCount: server.errorCount,
    faults: [...outage.faults, ...ledger.faults],
  };
}
