import type { Clock } from '../clock.js';
import type { Config, Role } from '../config.js';
import type { DatabaseConfig, Tables } from '../database/connect.js';
import type { Notifications } from '../database/notifications.js';
import { openOwnConnection } from '../database/own-connection.js';
import { SHARD_COUNT } from '../entities/shard.js';
import { LeadershipBoard } from '../leadership-board.js';
import type { Log } from '../log.js';
import { allShards, type Leadership, type LeadershipListener, noLeadership, soleLeadership } from './leadership.js';
import { Leases } from './leases.js';
import { SharedLeadership } from './shared-leadership.js';
import { SignalLog } from './signal-log.js';
import { type NewSignal, tellWithin, type TellLeaders } from './tell-leaders.js';

/** Who dispatches, as far as this server is concerned. */
export interface Lead extends Leadership {
  /** The same for other threads; null where it leads all, always. */
  readonly board: LeadershipBoard | null;
  readonly tellLeaders: TellLeaders;
  /** Whether what one server does for all is this one's to do. */
  readonly doesChores: () => boolean;
  /** How this server stands among those of its database; null where it is the only one. Throws where the database is away. */
  readStanding(): Promise<Standing | null>;
  start(): Promise<void>;
  /** Gives all hooks to the other servers, each as soon as nothing of it is on the wire; waits for that at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** A server's part in the work of all. */
export interface Standing {
  role: Role;
  /** How many of the shards it leads. */
  shardCount: number;
  /** How many servers live that lead shards, this one included. Where it is 0, nothing is sent. */
  dispatcherCount: number;
}

/** What dispatches the deliveries of hooks that this server leads. */
export interface Dispatching extends LeadershipListener {
  apply(signals: readonly NewSignal[]): void;
  /** Takes up what nobody has told of; where it is thorough, also of hooks that are busy. */
  sweep(isThorough: boolean): Promise<void>;
  takeUp(hookIds: readonly string[]): void;
}

/** The one server on a SQLite file leads all hooks. */
export function leadAlone(dispatching: () => Dispatching): Lead {
  return {
    ...soleLeadership,
    board: null,
    tellLeaders: tellWithin((signals) => dispatching().apply(signals)),
    doesChores: () => true,
    readStanding: async () => null,
    start: () => dispatching().taken(allShards),
    async drain() {},
    async stop() {},
  };
}

export interface LeadTogetherOptions {
  config: DatabaseConfig & Pick<Config, 'role' | 'takeoverAfterMs'>;
  db: () => Tables;
  clock: Clock;
  log: Log;
  serverId: string;
  notifications: Notifications;
  dispatching: () => Dispatching;
}

/** Which part of the time until a takeover is a lease; the rest is for noticing that it has run out. */
const LEASE_SHARE = 0.8;
const LOOK_SHARE = 0.1;

/** Each of how many looks is thorough. */
const THOROUGH_INTERVAL = 10;

/** The shard whose leader does what one server does for all. */
const CHORES_SHARD = 0;

/** One of several servers on a PostgreSQL database leads its share of the hooks, or none where it only answers the API. */
export async function leadTogether(options: LeadTogetherOptions): Promise<Lead> {
  const { config, db, clock, log, serverId, notifications, dispatching } = options;
  const leaseMs = config.takeoverAfterMs * LEASE_SHARE;
  const board = LeadershipBoard.make(SHARD_COUNT, clock);
  const apply = (signals: readonly NewSignal[]) => dispatching().apply(signals);
  const signals = new SignalLog({ db, clock, log, serverId, apply, tellOthers: () => notifications.tell('signals') });
  const tellLeaders: TellLeaders = (tx, told) => signals.tell(tx, told);
  const readStanding = async (shardCount: number): Promise<Standing> => ({
    role: config.role,
    shardCount,
    dispatcherCount: await new Leases(db, serverId, leaseMs).countLiving(),
  });
  if (config.role === 'api') {
    return {
      ...noLeadership,
      board,
      tellLeaders,
      readStanding: () => readStanding(0),
      doesChores: () => false,
      async start() {},
      async drain() {},
      async stop() {},
    };
  }

  // Where all others are in use, by a dashboard for instance, a server would lose what it leads.
  const connection = await openOwnConnection(config.databaseUrl!, config);
  const leadership = new SharedLeadership({
    leases: new Leases(connection.db, serverId, leaseMs),
    board,
    clock,
    log,
    leaseMs,
    intervalMs: config.takeoverAfterMs * LOOK_SHARE,
    listener: dispatching,
    tellOthers: () => notifications.tell('shards'),
  });
  const doesChores = () => leadership.epochOfShard(CHORES_SHARD) !== null;
  let lookCount = 0;
  notifications.on({
    told(topic, hookIds) {
      if (topic === 'signals') void signals.catchUp();
      if (topic === 'shards') leadership.wake();
      if (topic === 'hooks') dispatching().takeUp(hookIds);
    },
    look() {
      void signals.catchUp();
      if (doesChores()) void signals.expire();
      // Where servers tell each other nothing, all of it is found in this way.
      lookCount += 1;
      void dispatching().sweep(config.databaseNotifications === 'poll' || lookCount % THOROUGH_INTERVAL === 0);
    },
  });
  return {
    epochOf: (hookId) => leadership.epochOf(hookId),
    epochOfShard: (shard) => leadership.epochOfShard(shard),
    board,
    tellLeaders,
    doesChores,
    readStanding: () => readStanding(leadership.ledCount),
    async start() {
      await signals.start();
      await leadership.start();
    },
    async drain(timeoutMs) {
      const { promise: timeout, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(timeoutMs, resolve);
      await Promise.race([leadership.drainAll(), timeout]);
      cancel();
    },
    async stop() {
      await leadership.stop();
      await connection.close();
    },
  };
}
