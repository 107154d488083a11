import { deliveriesPerSecond } from '../figures/deliveries-per-second.js';
import type { Ledger } from '../figures/ledger.js';
import { closeBook } from '../load/close-book.js';
import { callSizeOf } from '../load/call-sizes.js';
import { measureClosedLoop } from '../load/measure-closed-loop.js';
import { PublishBook } from '../load/publish-book.js';
import { publishAtRate, publishInTurns } from '../load/publish-load.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import type { CpuWork } from '../stage/cpu-work.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageOrganizations } from '../stage/stage-organizations.js';
import { until } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import { type ArrivalDelays, arrivalDelaysOf } from './arrival-delays.js';
import { readHookLeaders, untilShared } from './hook-leaders.js';
import type { ServersSettings } from './servers-options.js';

/** What one run of a form found. */
export interface FormFigures {
  serverCount: number;
  database: string;
  /** From the sending of the first publish of the load to the arrival of its last delivery. */
  deliveriesPerSecond: number;
  /** Of the load, to the end of its recording. */
  cpuSecondsPerThousand: CpuWork;
  /** The most that any of the servers ever held of the machine's memory; null where the system does not tell. */
  serverPeakBytes: number | null;
  /** The most connections to PostgreSQL that were seen; null on SQLite. */
  connectionCount: number | null;
  /** Tables and indexes, per delivery, with all that belongs to it: its event, its attempts. */
  diskBytesPerDelivery: number;
  /** What PostgreSQL wrote into its log of changes; null on SQLite. */
  logBytesPerDelivery: number | null;
  delays: ArrivalDelays;
  ledger: Ledger;
  /** The share of the machine's CPU time during the load that went to processes other than the benchmark's, from 0 to 1; null where the system does not tell. */
  othersCpuShare: number | null;
  /** Lines that the servers logged at the level error. */
  serverErrorCount: number;
  /** Why the figures must not be used, each a sentence. */
  faults: readonly string[];
}

const STATUS_PERIOD_MS = 250;

/** Measures so many servers on a stage of their own, start to end; `say` hears how it goes. */
export async function measureForm(
  serverCount: number,
  settings: ServersSettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<FormFigures> {
  say('starting');
  return withStage(surroundings, { database: settings.database, serverCount }, (stage) => measureOn(stage, settings, say));
}

async function measureOn(stage: Stage, settings: ServersSettings, say: (text: string) => void): Promise<FormFigures> {
  const { servers, receiver, database, signal } = stage;
  const { hooks, 'fan-out': fanOut, events, warmup, publishers, rate, seconds } = settings;
  const organizations = await stageOrganizations(stage, hooks / fanOut, fanOut);
  await untilShared(stage);
  const emptySize = await database.readSize();
  const apis = servers.map(({ api }) => api);
  const book = new PublishBook(apis, organizations, monotonicNow);
  const load = { callSize: callSizeOf(settings), publisherCount: publishers };
  await until(publishInTurns(book, { ...load, eventCount: warmup }, signal), signal);
  await untilDelivered(stage, book.owedCount);

  using connections = watchConnections(stage, () => say(`${book.owedCount} deliveries owed, ${receiver.toldCount} delivered`));
  const loop = await measureClosedLoop(stage, book, { ...load, eventCount: events });
  const connectionCount = await connections.end();

  say(`${rate} events a second for ${seconds} s`);
  const leadersBefore = await readHookLeaders(stage);
  const calm = await until(publishAtRate(book, { ratePerSecond: rate, seconds }, signal), signal);
  await untilDelivered(stage, book.owedCount);
  const leadersAfter = await readHookLeaders(stage);

  say('stopping the servers and comparing the books');
  const memories = await Promise.all(servers.map(({ pid }) => readResidentMemory(pid)));
  await Promise.all(servers.map((server) => server.stop()));
  const arrivals = await receiver.ask('takeArrivals', {});
  const ledger = closeBook(book, arrivals, await database.countDeliveries());
  const size = await database.readSize();
  return {
    serverCount: servers.length,
    database: database.name,
    deliveriesPerSecond: deliveriesPerSecond(arrivals, loop.startedAt, loop.range),
    cpuSecondsPerThousand: loop.cpuSecondsPerThousand,
    serverPeakBytes: memories.includes(null) ? null : Math.max(...memories.map((memory) => memory!.peakBytes)),
    connectionCount,
    diskBytesPerDelivery: (size.tableBytes - emptySize.tableBytes) / ledger.publishedCount,
    logBytesPerDelivery: size.logBytes === null ? null : (size.logBytes - emptySize.logBytes!) / ledger.publishedCount,
    delays: arrivalDelaysOf(arrivals, book.published, { range: calm, leaders: [leadersBefore, leadersAfter] }),
    ledger,
    othersCpuShare: loop.othersCpuShare,
    serverErrorCount: servers.reduce((sum, { errorCount }) => sum + errorCount, 0),
    faults: ledger.faults,
  };
}

/** Counts the connections to the database again and again until `end`, which answers with the most that there were, or until the scope ends. */
function watchConnections({ database: { host } }: Stage, onLook: () => void): Disposable & { end(): Promise<number | null> } {
  let most = 0;
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    if (host !== null) most = Math.max(most, await host.countConnections());
  };
  const timer = setInterval(() => {
    onLook();
    looking = looking.then(look);
    // Told by `end`, where it comes to that.
    looking.catch(() => {});
  }, STATUS_PERIOD_MS);
  return {
    async end() {
      clearInterval(timer);
      await looking;
      await look();
      return host === null ? null : most;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
