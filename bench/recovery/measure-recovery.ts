import { type Drain, drainOf } from '../figures/drain.js';
import type { Ledger } from '../figures/ledger.js';
import { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { closeBooks } from '../stage/close-books.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { untilDrained } from '../stage/until-drained.js';
import { OUTAGE_SETTINGS, publishIntoOutage } from '../stage/outage.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import type { RecoverySettings } from './recovery-options.js';

/** What a run found. */
export interface RecoveryFigures {
  database: string;
  /** From the start of the new process to its first answer that it is healthy. */
  readySeconds: number;
  /** From the start of the new process on. */
  drain: Drain;
  /** The most that the new server held of the machine's memory; null where the system does not tell. */
  peakBytes: number | null;
  ledger: Ledger;
  /** How many deliveries were open at the kill. */
  waitingCount: number;
  /** The share of the machine's CPU time since the new start that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the new server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

/** Measures on a stage of its own, start to end; `say` hears how it goes. */
export async function measureRecovery(
  settings: RecoverySettings,
  surroundings: Surroundings,
  say: (text: string) => void,
): Promise<RecoveryFigures> {
  say('starting');
  const plan = { database: settings.database, serverCount: 1, settings: OUTAGE_SETTINGS };
  return withStage(surroundings, plan, (stage) => measureOn(stage, settings, say));
}

async function measureOn(
  stage: Stage,
  { pending, hooks: hookCount }: RecoverySettings,
  say: (text: string) => void,
): Promise<RecoveryFigures> {
  const { receiver, database } = stage;
  const [killed] = stage.servers;
  const generator = new LoadGenerator(killed.api, monotonicNow);
  const outage = await publishIntoOutage(stage, { generator, hookCount, eventCount: pending }, say);
  await killed.kill();
  await outage.end();

  say('starting again');
  const cpuBefore = await readCpuTime([receiver.pid, process.pid], database.host?.pid);
  const server = await stage.startServer();
  await untilDrained(stage, generator.acknowledged.size, say);
  const othersCpuShare = othersShare(cpuBefore, await readCpuTime([server.pid, receiver.pid, process.pid], database.host?.pid));
  const memory = await readResidentMemory(server.pid);
  say('stopping the server and comparing the books');
  await server.stop();

  const { arrivals, ledger } = await closeBooks(stage, generator, new Set(outage.hooks.map(({ id }) => id)));
  return {
    database: database.name,
    readySeconds: server.readyMs / 1000,
    drain: drainOf(arrivals, server.startedAt),
    peakBytes: memory && memory.peakBytes,
    ledger,
    waitingCount: outage.waitingCount,
    othersCpuShare,
    serverErrorCount: server.errorCount,
    faults: [...outage.faults, ...ledger.faults],
  };
}
