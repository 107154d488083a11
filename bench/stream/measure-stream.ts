import { join } from 'node:path';
import type { Ledger } from '../figures/ledger.js';
import { closeBook } from '../load/close-book.js';
import { PublishBook } from '../load/publish-book.js';
import { publishAtRate, publishInTurns } from '../load/publish-load.js';
import { monotonicNow } from '../monotonic-clock.js';
import type { Surroundings } from '../scenario.js';
import { othersShare, readCpuSeconds, readCpuTime } from '../stage/cpu-time.js';
import { type CpuWork, readCpuWork } from '../stage/cpu-work.js';
import { readResidentMemory } from '../stage/resident-memory.js';
import { stageOrganizations } from '../stage/stage-organizations.js';
import { type AskedProcess, startAskedProcess } from '../stage/start-asked-process.js';
import { until, within } from '../stage/until.js';
import { untilDelivered } from '../stage/until-delivered.js';
import { type Stage, withStage } from '../stage/with-stage.js';
import { type NoticeDelays, noticeDelaysOf } from './notice-delays.js';
import { closeNotices, type NoticeLedger } from './notice-ledger.js';
import { answeredAtsOf, owedOf } from './read-arrivals.js';
import { type Form, nameOf, type StreamSettings, subscriberCountOf } from './stream-options.js';
import type { SubscriberCommands } from './subscriber-commands.js';

/** What the run of a form found. */
export interface StreamFigures {
  form: string;
  database: string;
  subscriberCount: number;
  delays: NoticeDelays;
  /** Milliseconds of a core for 1,000 notices, and the same without what the same load took while nobody watched; null where the system does not tell. */
  cpuMsPerThousand: { server: Work; database: Work; subscribers: number | null };
  /** What the server holds with all subscribers there beyond what it held before, for each of them; null where the system does not tell. */
  memoryBytesPerSubscriber: number | null;
  /** From the first socket to the first notice of the last subscriber. */
  watchSeconds: number;
  ledger: Ledger;
  notices: NoticeLedger;
  othersCpuShare: number | null;
  serverErrorCount: number;
  faults: readonly string[];
}

export interface Work {
  all: number | null;
  forNotices: number | null;
}

/** How long notices may take to come after the deliveries are recorded, in milliseconds. */
const NOTICE_LIMIT_MS = 120_000;

const SUBSCRIBERS_FILE = join(import.meta.dirname, 'subscribers-main.js');

/** How many calls are under way at once where events are published as fast as they are taken. */
const PUBLISHER_COUNT = 16;

/** Measures a form on a stage of its own, start to end; `say` hears how it goes. */
export async function measureStream(
  form: Form,
  settings: StreamSettings,
  { surroundings, say }: { surroundings: Surroundings; say: (text: string) => void },
): Promise<StreamFigures> {
  say('starting');
  return withStage(surroundings, { database: settings.database, serverCount: 1 }, (stage) => measureOn(stage, form, { settings, say }));
}

async function measureOn(
  stage: Stage,
  form: Form,
  { settings, say }: { settings: StreamSettings; say: (text: string) => void },
): Promise<StreamFigures> {
  const { servers, receiver, database, signal } = stage;
  const [server] = servers;
  const { organizationCount, subscribersEach } = form;
  const pace = { ratePerSecond: settings.rate, seconds: settings.seconds };
  await using subscribers = startAskedProcess<SubscriberCommands>(SUBSCRIBERS_FILE, 'process of subscribers', stage.parts);
  const organizations = await stageOrganizations(stage, organizationCount, 1);
  const book = new PublishBook([server.api], organizations, monotonicNow);
  const carryLoad = async () => {
    const range = await until(publishAtRate(book, pace, signal), signal);
    await untilDelivered(stage, book.owedCount);
    return range;
  };

  const publishMany = async (eventCount: number) => {
    const range = await until(publishInTurns(book, { eventCount, callSize: 1, publisherCount: PUBLISHER_COUNT }, signal), signal);
    await untilDelivered(stage, book.owedCount);
    return range;
  };

  say('the load while nobody watches');
  await publishMany(settings.warmup);
  const bareBefore = await readCpuWork(stage);
  await carryLoad();
  const bareAfter = await readCpuWork(stage);

  say('subscribing');
  const memoryBefore = await readResidentMemory(server.pid);
  const watchedAt = monotonicNow();
  await subscribers.ask('watch', {
    url: `${server.url.replace('http', 'ws')}/graphql`,
    adminKey: server.adminKey,
    organizations: await Promise.all(organizations.map(async ({ id }) => ({ id, after: await readCursor(stage, id) }))),
    subscribersEach,
    perSocket: settings['per-socket'],
  });
  // A server does not say that a subscription has begun: the first notice does.
  const { first } = await publishMany(organizationCount);
  await untilNoticed(subscribers, organizationCount * subscribersEach, signal);
  const watchSeconds = (monotonicNow() - watchedAt) / 1000;
  const memoryAfter = await readResidentMemory(server.pid);

  say('the load while everybody watches');
  const pids = [server.pid, receiver.pid, subscribers.pid, process.pid];
  const readMachine = () => readCpuTime(pids, database.host?.pid);
  const readSubscribers = () => readCpuSeconds([subscribers.pid]);
  const [machineBefore, before, subscribersBefore] = [await readMachine(), await readCpuWork(stage), await readSubscribers()];
  const range = await carryLoad();
  await untilNoticed(subscribers, (book.lastNumber - first + 1) * subscribersEach, signal);
  const [after, subscribersAfter, machineAfter] = [await readCpuWork(stage), await readSubscribers(), await readMachine()];

  say('stopping the server and comparing the books');
  await subscribers.ask('expectEnd', {});
  await server.stop();
  const arrivals = await receiver.ask('takeArrivals', {});
  const ledger = closeBook(book, arrivals, await database.countDeliveries());
  const taken = await subscribers.ask('takeNotices', {});
  const indexOf = new Map(organizations.map(({ hooks }, index) => [hooks[0]!.port, index]));
  const notices = closeNotices(taken, owedOf(arrivals, first, indexOf), subscribersEach);
  const noticeCount = (range.last - range.first + 1) * subscribersEach;
  const perThousand = (start: number | null, end: number | null) =>
    start === null || end === null ? null : ((end - start) * 1_000_000) / noticeCount;
  const workOf = (part: keyof CpuWork): Work => {
    const [all, bare] = [perThousand(before[part], after[part]), perThousand(bareBefore[part], bareAfter[part])];
    return { all, forNotices: all === null || bare === null ? null : all - bare };
  };
  const subscriberCount = subscriberCountOf(form);
  return {
    form: nameOf(form),
    database: database.name,
    subscriberCount,
    delays: noticeDelaysOf(taken, answeredAtsOf(arrivals, range)),
    cpuMsPerThousand: {
      server: workOf('servers'),
      database: workOf('database'),
      subscribers: perThousand(subscribersBefore, subscribersAfter),
    },
    memoryBytesPerSubscriber:
      memoryBefore === null || memoryAfter === null ? null : (memoryAfter.nowBytes - memoryBefore.nowBytes) / subscriberCount,
    watchSeconds,
    ledger,
    notices,
    othersCpuShare: othersShare(machineBefore, machineAfter),
    serverErrorCount: server.errorCount,
    faults: [...ledger.faults, ...notices.faults],
  };
}

async function readCursor({ servers }: Stage, id: string): Promise<string> {
  const { organization } = await servers[0].api.ask<{ organization: { streamCursor: string } }>(
    'query ($id: ID!) { organization(id: $id) { streamCursor } }',
    { id },
  );
  return organization.streamCursor;
}

/** Waits for notices. That they do not come in time is for the ledger to tell, which knows how many. */
async function untilNoticed(subscribers: AskedProcess<SubscriberCommands>, count: number, signal: AbortSignal): Promise<void> {
  const limit = within(NOTICE_LIMIT_MS, signal, 'Notices are missing.');
  await subscribers.hasTold(count, limit).catch((error: unknown) => {
    if (signal.aborted || !limit.aborted) throw error;
  });
}
