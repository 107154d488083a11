import { join } from 'node:path';
import { latenciesOf } from '../figures/latencies.js';
import type { Ledger } from '../figures/ledger.js';
import { type Spread, spreadOf } from '../figures/percentiles.js';
import { createApiClient } from '../load/api-client.js';
import { carryLoad } from '../load/carry-load.js';
import { LoadGenerator } from '../load/load-generator.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { closeBooks } from '../stage/close-books.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageHook } from '../stage/stage-hook.js';
import { startAskedProcess } from '../stage/start-asked-process.js';
import { until } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import type { AttackerCommands } from './attacker-commands.js';
import type { AttackFigures } from './attackers.js';
import type { AttacksSettings } from './attacks-options.js';
import { makeKnownKey, makeVictim } from './make-victim.js';

/** Whether there are attacks beside the load. */
export type RunKind = 'quiet' | 'attacked';

/** What one run found. */
export interface RunFigures {
  kind: RunKind;
  database: string;
  /** From the due instant to the first byte at the receiver. */
  latencyMs: Spread;
  /** From the due instant to the sending of the publish: the part of it that is the generator's own. */
  generatorLateMs: Spread;
  ledger: Ledger;
  /** What came of each attack; none in a quiet run. */
  attacks: readonly AttackFigures[];
  /** The most that the server ever held of the machine's memory; null where the system does not tell. */
  serverPeakBytes: number | null;
  /** The share of the machine's CPU time during the load that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the server logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

interface RunParts {
  kind: RunKind;
  settings: AttacksSettings;
  say: (text: string) => void;
}

const ATTACKERS_FILE = join(import.meta.dirname, 'attackers-main.js');

/** Measures on a stage of its own, start to end; `say` hears how it goes. */
export async function measureAttacks(
  kind: RunKind,
  settings: AttacksSettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<RunFigures> {
  say('starting');
  const serverSettings = { NODE_OPTIONS: `--max-old-space-size=${settings.heap}` };
  const plan = { database: settings.database, serverCount: 1, settings: serverSettings };
  return withStage(surroundings, plan, (stage) => measureOn(stage, { kind, settings, say }));
}

async function measureOn(stage: Stage, { kind, settings, say }: RunParts): Promise<RunFigures> {
  const { receiver, database, signal } = stage;
  const [server] = stage.servers;
  const asked = { url: server.url, ask: server.api.ask };
  const hook = { isMeasured: true, ...(await stageHook(stage, { name: 'Customer', behaviour: 'answer' })) };
  await using api = createApiClient(server.url, await makeKnownKey(asked, hook.organizationId, 'PUBLISH'));
  const generator = new LoadGenerator(api, monotonicNow);
  await using attackers = startAskedProcess<AttackerCommands>(ATTACKERS_FILE, 'attackers', stage.parts);
  const victim = await makeVictim(asked);

  const pids = [server.pid, receiver.pid, attackers.pid, process.pid];
  const readMachine = () => readCpuTime(pids, database.host?.pid);
  const machineBefore = await readMachine();
  if (kind === 'attacked') await attackers.ask('begin', { victim, pauseMs: settings.pause });
  const pace = { ratePerSecond: settings.rate, warmupSeconds: settings.warmup, seconds: settings.seconds };
  const load = await carryLoad(pace, [hook], { stage, generator, say });
  await until(generator.settle(), signal);
  const othersCpuShare = othersShare(machineBefore, await readMachine());
  say('ending the attacks');
  const attacks = kind === 'attacked' ? await attackers.ask('end', {}) : [];
  say(`waiting for ${generator.acknowledged.size - receiver.toldCount} deliveries`);
  await untilDelivered(stage, generator.acknowledged.size);

  const memory = await readResidentMemory(server.pid);
  await server.stop();
  const { arrivals, ledger } = await closeBooks(stage, generator, new Set([hook.id]));
  return {
    kind,
    database: database.name,
    latencyMs: spreadOf(latenciesOf(arrivals, load.measured)),
    generatorLateMs: spreadOf(load.latenessMs),
    ledger,
    attacks,
    serverPeakBytes: memory?.peakBytes ?? null,
    othersCpuShare,
    serverErrorCount: server.errorCount,
    faults: [...ledger.faults, ...attacks.flatMap(({ name, faults }) => faults.map((fault) => `Of ${name}: ${fault}`))],
  };
}
