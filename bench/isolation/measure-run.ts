import { latenciesOf } from '../figures/latencies.js';
import type { Ledger, StoredDeliveries } from '../figures/ledger.js';
import { type Spread, spreadOf } from '../figures/percentiles.js';
import { carryLoad, type LoadedHook } from '../load/carry-load.js';
import { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { closeBooks } from '../stage/close-books.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { readResidentMemory, type ResidentMemory } from '../stage/resident-memory.js';
import { stageHook } from '../stage/stage-hook.js';
import { until } from '../stage/until.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import { layBacklog } from './lay-backlog.js';
import type { PlannedHook, RunPlan } from './plan-runs.js';

/** What one run found. */
export interface RunFigures {
  kind: RunPlan['kind'];
  database: string;
  /** From the due instant to the first byte at the receiver, of the measured hooks' events. */
  latencyMs: Spread;
  /** From the due instant to the sending of the publish: the part of it that is the generator's own. */
  generatorLateMs: Spread;
  ledger: Ledger;
  /** The server's, after the load and before its stop; null where the system does not tell. */
  memory: ResidentMemory | null;
  /** The share of the machine's CPU time during the load that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** How many deliveries stand where in the end, by the state's name: of all hooks, and of the dead hook where there is one. */
  stateCounts: { all: Record<string, number>; dead: Record<string, number> | null };
  /** How long the deliveries of the backlog took to publish; null without one. */
  backlogSeconds: number | null;
  /** Lines that the server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

/** How long healthy hooks may take to get what they are owed after the last publish, in milliseconds. */
const DRAIN_LIMIT_MS = 120_000;

/** Runs a plan on a stage of its own, start to end; `say` hears how it goes. */
export async function measureRun(plan: RunPlan, surroundings: Surroundings, say: (text: string) => void): Promise<RunFigures> {
  say('starting');
  return withStage(surroundings, { database: 'sqlite', serverCount: 1 }, (stage) => measureOn(stage, plan, say));
}

async function measureOn(stage: Stage, plan: RunPlan, say: (text: string) => void): Promise<RunFigures> {
  const { receiver, signal } = stage;
  const [server] = stage.servers;
  const generator = new LoadGenerator(server.api, monotonicNow);
  const parts = { stage, generator, say };

  const hooks: Array<LoadedHook & PlannedHook> = [];
  for (const [index, planned] of plan.hooks.entries()) {
    hooks.push({ ...planned, ...(await stageHook(stage, { name: `Customer ${index + 1}`, behaviour: planned.behaviour })) });
  }
  const healthy = hooks.filter(({ behaviour }) => behaviour === 'answer');

  const backlog = await layBacklog(plan, parts);
  const pids = [server.pid, receiver.pid, process.pid];
  const cpuBefore = await readCpuTime(pids);
  const load = await carryLoad(plan, hooks, parts);
  await until(generator.settle(), signal);

  const healthyIds = new Set(healthy.map(({ id }) => id));
  const owedCount = [...generator.acknowledged.values()].filter((hookId) => healthyIds.has(hookId)).length;
  say(`waiting for ${owedCount - receiver.toldCount} deliveries to healthy hooks`);
  await drain(stage, owedCount);
  const othersCpuShare = othersShare(cpuBefore, await readCpuTime(pids));
  const memory = await readResidentMemory(server.pid);
  const hangingPorts = [...hooks.filter(({ behaviour }) => behaviour === 'hang').map(({ port }) => port), ...(backlog?.hangingPorts ?? [])];
  say('stopping the server and comparing the books');
  await stopServer(stage, hangingPorts);

  const { arrivals, stored, ledger } = await closeBooks(stage, generator, healthyIds);
  return {
    kind: plan.kind,
    database: stage.database.name,
    latencyMs: spreadOf(latenciesOf(arrivals, load.measured)),
    generatorLateMs: spreadOf(load.latenessMs),
    ledger,
    memory,
    othersCpuShare,
    stateCounts: { all: countStates(stored), dead: backlog && countStates(stored.filter(({ hookId }) => hookId === backlog.hookId)) },
    backlogSeconds: backlog && backlog.seconds,
    serverErrorCount: server.errorCount,
    faults: ledger.faults,
  };
}

/** Waits for the healthy hooks' deliveries. That they did not come in time is for the ledger to tell, which knows how many. */
async function drain({ receiver, signal }: Stage, owedCount: number): Promise<void> {
  const limit = AbortSignal.timeout(DRAIN_LIMIT_MS);
  await receiver.hasTold(owedCount, AbortSignal.any([signal, limit])).catch((error: unknown) => {
    if (!limit.aborted || signal.aborted) throw error;
  });
}

/**
 * Stops the server as an operator does. Attempts that hang are broken off as soon as it starts no more, so that it records
 * every one of them and need not be cut short, which would leave its books behind the receiver's.
 */
async function stopServer({ servers: [server], receiver }: Stage, hangingPorts: readonly number[]): Promise<void> {
  await Promise.all([server.stop(), ...hangingPorts.map((port) => receiver.ask('close', { port }))]);
}

function countStates(stored: readonly StoredDeliveries[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, count } of stored) counts[status] = (counts[status] ?? 0) + count;
  return counts;
}
