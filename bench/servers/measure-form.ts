import { closeLedger, type Ledger } from '../figures/ledger.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { othersShare, readCpuTime } from '../stage/cpu-time.js';
import { deliveryKey } from '../stage/receiver-commands.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { pause, until, within } from '../stage/until.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import { type ArrivalDelays, arrivalDelaysOf } from './arrival-delays.js';
import { type CpuWork, cpuPerThousand, readCpuWork } from './cpu-work.js';
import { readHookLeaders, untilShared } from './hook-leaders.js';
import { PublishBook } from './publish-book.js';
import { isWithin, publishAtRate, publishInTurns } from './publish-load.js';
import { callSizeOf, type ServersSettings } from './servers-options.js';
import { stageOrganizations } from './stage-organizations.js';

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

/** How long deliveries may take to arrive after the last publish, and then to be recorded, in milliseconds. */
const DRAIN_LIMIT_MS = 300_000;
const RECORD_LIMIT_MS = 30_000;

const POLL_MS = 50;
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
  await untilDelivered(stage, book);

  using connections = watchConnections(stage, () => say(`${book.owedCount} deliveries owed, ${receiver.answeredCount} delivered`));
  const pids = [...servers.map(({ pid }) => pid), receiver.pid, process.pid];
  const readMachine = () => readCpuTime(pids, database.host?.pid);
  const [machineBefore, workBefore, startedAt] = [await readMachine(), await readCpuWork(stage), monotonicNow()];
  const loaded = await until(publishInTurns(book, { ...load, eventCount: events }, signal), signal);
  await untilDelivered(stage, book);
  const [workAfter, othersCpuShare] = [await readCpuWork(stage), othersShare(machineBefore, await readMachine())];
  const connectionCount = await connections.end();

  say(`${rate} events a second for ${seconds} s`);
  const leadersBefore = await readHookLeaders(stage);
  const calm = await until(publishAtRate(book, { ratePerSecond: rate, seconds }, signal), signal);
  await untilDelivered(stage, book);
  const leadersAfter = await readHookLeaders(stage);

  say('stopping the servers and comparing the books');
  const memories = await Promise.all(servers.map(({ pid }) => readResidentMemory(pid)));
  await Promise.all(servers.map((server) => server.stop()));
  const arrivals = await receiver.ask('takeArrivals', {});
  const answered = Array.from(arrivals.numbers, (number, index) => deliveryKey(number, arrivals.ports[index]!));
  const ledger = closeLedger({
    acknowledged: book.readOwed(),
    unacknowledgedCount: book.failedCount,
    answered,
    stored: await database.countDeliveries(),
    healthyHookIds: new Set(organizations.flatMap((organization) => organization.hooks.map(({ id }) => id))),
  });
  const size = await database.readSize();
  const loadArrivals = arrivals.arrivedAts.filter((_, index) => isWithin(arrivals.numbers[index]!, loaded));
  const endedAt = loadArrivals.reduce((latest, at) => Math.max(latest, at), startedAt);
  return {
    serverCount: servers.length,
    database: database.name,
    deliveriesPerSecond: (events * fanOut * 1000) / (endedAt - startedAt),
    cpuSecondsPerThousand: cpuPerThousand(workBefore, workAfter, events * fanOut),
    serverPeakBytes: memories.includes(null) ? null : Math.max(...memories.map((memory) => memory!.peakBytes)),
    connectionCount,
    diskBytesPerDelivery: (size.tableBytes - emptySize.tableBytes) / ledger.publishedCount,
    logBytesPerDelivery: size.logBytes === null ? null : (size.logBytes - emptySize.logBytes!) / ledger.publishedCount,
    delays: arrivalDelaysOf(arrivals, book.published, { range: calm, leaders: [leadersBefore, leadersAfter] }),
    ledger,
    othersCpuShare,
    serverErrorCount: servers.reduce((sum, { errorCount }) => sum + errorCount, 0),
    faults: [...ledger.faults, ...(book.firstFailure === undefined ? [] : [`The first publish that failed: ${book.firstFailure}`])],
  };
}

/** Waits until all that is owed has arrived and is recorded. That it does not in time is for the ledger to tell, which knows how many. */
async function untilDelivered({ receiver, database, signal }: Stage, book: PublishBook): Promise<void> {
  const arrival = within(DRAIN_LIMIT_MS, signal, 'Deliveries are missing.');
  const recording = within(DRAIN_LIMIT_MS + RECORD_LIMIT_MS, signal, 'Records are missing.');
  try {
    await receiver.hasAnswered(book.owedCount, arrival);
    const isOpen = async () => (await database.countDeliveries()).some(({ status }) => status !== 'SUCCEEDED');
    while (await isOpen()) await pause(POLL_MS, recording);
  } catch (error) {
    if (signal.aborted || !(arrival.aborted || recording.aborted)) throw error;
  }
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
