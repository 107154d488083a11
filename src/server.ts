import 'reflect-metadata';
import { type AdminKey, adminKeyFileOf, readAdminKey } from './admin-key.js';
import { insertTokens } from './api-keys/create-stream-token.js';
import { readRevoked } from './api-keys/read-key.js';
import type { ApiParts } from './api/context.js';
import { errorFormatter } from './api/format-error.js';
import { createHttp, type Health } from './api/http.js';
import { KeyRates } from './api/limits/key-rates.js';
import { RequestFailures } from './api/request-failures.js';
import { createSchema } from './api/schema.js';
import { SocketKeys } from './api/socket-keys.js';
import { createSocket } from './api/socket.js';
import { startIdentifying } from './api/start-identifying.js';
import { TrustedProxies } from './api/trusted-proxies.js';
import { UpgradeLog } from './api/upgrade-log.js';
import type { Clock } from './clock.js';
import { closeToOthers } from './close-to-others.js';
import type { Config } from './config.js';
import { fieldSchemas } from './configure/field-schemas.js';
import { connectDatabase } from './database/connect.js';
import { type DamageCheck, isSuspect } from './database/damage/damage-check.js';
import { type DataFolderLock, lockDataFolder } from './database/data-folder-lock.js';
import { refuseLostDatabase } from './database/lost-database.js';
import { Lister } from './database/lists/lister.js';
import { createNotifications } from './database/notifications.js';
import { readLastId } from './database/read-last-id.js';
import { findStorageProblems } from './database/storage-problems.js';
import { warnOfUndurableSettings } from './database/warn-of-settings.js';
import { Writes } from './database/writes.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { createIdSource } from './ids.js';
import { leadAlone, leadTogether } from './lead/lead.js';
import { SchemaChecks } from './json-schema/schema-checks.js';
import type { StartSchemaThread } from './json-schema/start-schema-thread.js';
import type { Log } from './log.js';
import { FailureLog } from './failure-log.js';
import { IDEMPOTENCY_WINDOW_MS } from './publish/idempotency.js';
import { publishOperationalBy } from './publish/publish-operational.js';
import { Publisher } from './publish/publisher.js';
import type { Random } from './random.js';
import { Cancellation } from './record/cancellation.js';
import { Recorder } from './record/recorder.js';
import { releaseUnordered } from './record/release-unordered.js';
import { Retention } from './record/retention.js';
import { keyFileOf } from './seal/key-file.js';
import { openRing } from './seal/open-ring.js';
import { StoredPayloads } from './seal/stored-payloads.js';
import type { OpenDelivery } from './send/attempt.js';
import { createAddressRules } from './send/address-rules.js';
import type { Sender } from './send/sender.js';
import { createSigningSecret } from './send/signature.js';
import type { ThreadSettings } from './send/thread/messages.js';
import { VERSION } from './version.js';
import { Cursors } from './watch/cursors.js';
import { deliveryLog } from './watch/delivery-log.js';
import { Feed } from './watch/feed.js';
import { healthLog } from './watch/health-log.js';

/** What a server stands on beside its settings. */
export interface Outside {
  clock: Clock;
  random: Random;
  log: Log;
  /** The folder with the page of GraphiQL, as it was built. */
  graphiqlDir: string;
  /** Starts what sends in a thread of its own; without it, the server sends by itself. */
  startSenderThread?: (settings: ThreadSettings) => Sender;
  /** Starts to read the database of a data folder through; without it, that is not done. */
  startDamageCheck?: (dataDir: string) => DamageCheck;
  /** Starts what compiles the schemas of event types and holds payloads against them, once there is one. */
  startSchemaThread: StartSchemaThread;
  /** Told right before the server takes up what it owes. Until then there is nothing that would have to be ended in order. */
  beginning?: () => void;
}

export interface RunningServer {
  /** Of the HTTP side, without a path: `http://127.0.0.1:4000`. */
  url: string;
  /** The admin key, and whether it was made at this start; null where there is no API. */
  adminKey: AdminKey | null;
  /** Transactions so far; a test counts them. */
  readonly commitCount: number;
  /** Takes nothing new, lets the attempts in flight finish and records them, ends the streams, and closes the database. */
  close(): Promise<void>;
}

/**
 * Takes the data folder for itself, joins the parts and listens. Throws when another server has the folder, before anything
 * in it is touched, when the database can't be opened, or when the address is taken.
 */
export async function startServer(config: Config, outside: Outside): Promise<RunningServer> {
  // A PostgreSQL database may have any number of servers.
  const lock = config.databaseUrl === undefined ? await lockDataFolder(config.dataDir) : undefined;
  try {
    return await joinParts(config, outside, lock);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function joinParts(
  config: Config,
  { clock, random, log, graphiqlDir, startSenderThread, startSchemaThread, startDamageCheck, beginning }: Outside,
  lock: DataFolderLock | undefined,
): Promise<RunningServer> {
  const { dataDir } = config;
  if (lock !== undefined) {
    const keyFiles = [keyFileOf(dataDir), adminKeyFileOf(dataDir)];
    await refuseLostDatabase(dataDir, keyFiles);
    await closeToOthers([dataDir, ...keyFiles], log);
  }
  const isToBeChecked = lock !== undefined && (await isSuspect(dataDir));
  const orm = await connectDatabase(config, log);
  // Before anything is read that they open.
  const ring = await openRing(config, { orm, random, log }).catch(async (error: unknown) => {
    await orm.close();
    throw error;
  });
  const payloads = new StoredPayloads(ring, config.encryptPayloads);
  const hasApi = config.role !== 'dispatcher';
  const adminKey = hasApi ? await readAdminKey(config.adminApiKey, config.dataDir, random) : null;
  const writes = new Writes(orm, clock, log);
  const db = () => orm.em.fork().getKysely();
  const newId = createIdSource(clock, random, await readLastId(db()));

  const { dangerouslyAllowedAddresses: allowedRanges, isHttpsOnly } = config;
  const rules = createAddressRules(allowedRanges, { isHttpsOnly });
  if (allowedRanges.length > 0) log.warn({ ranges: allowedRanges }, 'addresses.dangerously_allowed');
  const isShared = config.databaseUrl !== undefined;
  if (isShared) await warnOfUndurableSettings(db(), log);
  const { retryScheduleMs, disableAfterMs, inFlightLimit } = config;
  const serverId = newId();
  const notifications = await createNotifications(config, { serverId, db, clock, log });
  const cursors = new Cursors(ring.deriveKeys('cursors'), random);
  const feed = await Feed.open(orm, deliveryLog, { clock, log, notifications, cursors });
  const healthFeed = await Feed.open(orm, healthLog, { clock, log, notifications, cursors });
  const dispatching = () => dispatcher;
  const lead = isShared ? await leadTogether({ config, db, clock, log, serverId, notifications, dispatching }) : leadAlone(dispatching);
  const { tellLeaders } = lead;
  const sending = { attemptTimeoutMs: config.attemptTimeoutMs, userAgent: `Hookgraph/${VERSION}` };
  const sender =
    startSenderThread === undefined || config.role === 'api'
      ? (await import('./send/sender.js')).createSender({
          rules,
          clock,
          ...sending,
          holds: (tenure) => lead.board?.holds(tenure) ?? true,
        })
      : startSenderThread({ ...sending, allowedRanges, isHttpsOnly, board: lead.board?.memory ?? null });
  const wake = (deliveries: readonly OpenDelivery[]) => {
    const ledElsewhere = dispatcher.accept(deliveries);
    if (ledElsewhere.length > 0) notifications.tell('hooks', ledElsewhere);
  };
  const publishOperational = publishOperationalBy({ newId, payloads, wake });
  const recorder = new Recorder({
    writes,
    feed,
    healthFeed,
    publishOperational,
    serverId: isShared ? serverId : null,
    clock,
    random,
    newId,
    retryScheduleMs,
    disableAfterMs,
  });
  const dispatcher = new Dispatcher({
    db,
    ring,
    payloads,
    clock,
    log,
    recorder,
    send: (delivery, target, tenure) => sender.send(delivery, target, tenure),
    leadership: lead,
    hookIsRemoved: () => finishLater(),
    inFlightLimit,
    isStorageFailing: () => writes.failingSince !== null,
  });
  const { retentionMs, auditRetentionMs, attemptTimeoutMs } = config;
  const idempotencyWindowMs = IDEMPOTENCY_WINDOW_MS;
  const { doesChores } = lead;
  const retention = new Retention({ writes, clock, log, retentionMs, auditRetentionMs, attemptTimeoutMs, idempotencyWindowMs, doesChores });
  const lister = isShared ? null : new Lister({ writes, db, clock, failures: new FailureLog({ log, clock, line: 'lists.failed' }) });
  const cancellation = new Cancellation(writes, feed, clock);
  const releaseWaiting = () => releaseUnordered(writes, tellLeaders, () => clock.now());
  // A change of configuration is on disk before what follows for deliveries; a crash or an outage between the two leaves that open.
  const finishChanges = async () => {
    await cancellation.cancelDeliveriesOfRemovedHooks();
    await releaseWaiting();
  };
  const unfinished = new FailureLog({ log, clock, line: 'changes.unfinished', level: 'error' });
  const finishLater = () =>
    void finishChanges().then(
      () => unfinished.succeeded(),
      (error: unknown) => unfinished.failed(error),
    );
  writes.onRecovered(() => {
    finishLater();
    dispatcher.goOn();
  });

  const proxies = new TrustedProxies(config.trustedProxies);
  const { keys, keyUses, identify } = startIdentifying({ db, writes, clock, log, proxies, adminApiKey: adminKey?.key ?? null });
  const newEntityManager = () => orm.em.fork();
  const schemas = new SchemaChecks({ startThread: startSchemaThread, clock });
  const parts: ApiParts = {
    newEntityManager,
    apiKeys: { newEntityManager, writes, clock, random, newId, insertToken: writes.lane(insertTokens), revoked: () => keys.forget() },
    publisher: new Publisher({
      writes,
      clock,
      newId,
      payloads,
      schemas,
      isAlone: !isShared,
      waitingLimit: config.waitingEventsLimit,
      wake,
    }),
    payloads,
    testEvents: { writes, clock, newId, payloads, wake },
    byHand: { writes, clock, feed, tellLeaders },
    feed,
    healthFeed,
    cursors,
    configure: {
      writes,
      clock,
      newId,
      ring,
      newSigningSecret: () => createSigningSecret(random),
      fields: fieldSchemas(rules),
      schemas,
      healthFeed,
      disableAfterMs,
      tellLeaders,
      cancelDeliveriesOfRemovedHooks: () => cancellation.cancelDeliveriesOfRemovedHooks(),
      releaseUnordered: releaseWaiting,
    },
  };

  let damageCheck: DamageCheck | undefined;
  let phase: 'starting' | 'started' | 'stopping' = 'starting';
  const failures = new RequestFailures({ log, clock });
  const graphql = hasApi
    ? {
        schema: await createSchema(),
        parts,
        identify,
        rates: new KeyRates(clock, config.requestsPerSecondPerKey),
        formatError: errorFormatter(failures, { hidesSchema: !config.introspection }),
        introspection: config.introspection,
        graphiqlDir: config.graphiql && config.introspection ? graphiqlDir : null,
      }
    : null;
  const upgradeLog = new UpgradeLog({ log, clock, proxies });
  const http = await createHttp({
    graphql,
    corsOrigins: config.corsOrigins,
    proxies,
    upgradeLog,
    clock,
    failures,
    log,
    limits: { connections: config.connectionLimit, bodyBytes: config.bodiesLimitMib * 1024 * 1024 },
    readHealth,
  });
  const socketKeys = new SocketKeys({
    clock,
    failures: new FailureLog({ log, clock, line: 'socket_keys.unread' }),
    readRevoked: (ids) => readRevoked(db(), ids),
  });
  const { socketsPerKey, subscriptionsPerKey, subscriptionLimit, corsOrigins } = config;
  const socketLimits = { socketsPerKey, subscriptionsPerKey, subscriptions: subscriptionLimit };
  const socket =
    graphql === null
      ? null
      : createSocket({
          server: http.app.server,
          admission: http.admission,
          keys: socketKeys,
          corsOrigins,
          proxies,
          upgradeLog,
          clock,
          limits: socketLimits,
          ...graphql,
        });

  async function readHealth(): Promise<Health> {
    if (phase !== 'started') return { status: phase };
    const problems = [...(await findStorageProblems(db(), writes.outage)), ...(damageCheck?.problems ?? [])];
    if (problems.length > 0) return { status: 'failing', problems };
    // Where the database went away between the two, the next answer says so.
    return { status: 'ok', ...(await lead.readStanding().catch(() => null)) };
  }

  async function close(): Promise<void> {
    phase = 'stopping';
    damageCheck?.stop();
    const stoppedAt = clock.elapsed();
    await Promise.all([lead.drain(config.shutdownTimeoutMs), retention.stop(), lister?.stop()]);
    const abandonedCount = await dispatcher.stop(Math.max(config.shutdownTimeoutMs - (clock.elapsed() - stoppedAt), 0));
    await lead.stop();
    await notifications.close();
    await socket?.close();
    feed.close();
    healthFeed.close();
    await http.close();
    upgradeLog.close();
    await schemas.close();
    await sender.close();
    await keyUses.flush();
    await writes.close();
    await orm.close();
    lock?.release();
    log.info({ abandonedCount }, 'server.stopped');
  }

  const url = await listen().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  phase = 'started';
  const { role } = config;
  log.info({ url, version: VERSION, ...(isShared ? { role, serverId } : { dataDir }) }, 'server.started');
  if (isToBeChecked) damageCheck = startDamageCheck?.(dataDir);

  return {
    url,
    adminKey,
    get commitCount() {
      return writes.commitCount;
    },
    close,
  };

  async function listen(): Promise<string> {
    // First of all the port: where it is taken, nothing has been sent yet.
    const listeningAt = await http.app.listen({ host: config.host, port: config.port });
    beginning?.();
    await finishChanges();
    await notifications.start();
    await lead.start();
    retention.start();
    lister?.start();
    return listeningAt;
  }
}
