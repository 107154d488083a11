import { SHARD_COUNT } from '../entities/shard.js';

/** Which hooks this server dispatches. Each hook is led by one server at a time, so its limits, rate and order are plain memory. */
export interface Leadership {
  /** The epoch in which this server leads the hook; null where it does not, or can't be certain to at the moment. */
  epochOf(hookId: string): number | null;
  /** The same for a shard. */
  epochOfShard(shard: number): number | null;
}

/** Told of what becomes of this server's leadership. */
export interface LeadershipListener {
  /** It leads these shards now. Must not reject. */
  taken(shards: readonly number[]): Promise<void>;
  /** It leads them no more: another server may have begun with them. */
  lost(shards: readonly number[]): void;
  /** It is certain again that it leads these shards, after a time in which it was not. Must not reject. */
  certain(shards: readonly number[]): Promise<void>;
  /** It is about to give the shard to another server. Answers when nothing of it is on the wire and nothing more will be started. */
  drain(shard: number): Promise<void>;
  /** It keeps a shard that it was about to give away. */
  keep(shard: number): void;
}

export const allShards: readonly number[] = Array.from({ length: SHARD_COUNT }, (_, number) => number);

/** The one server on a SQLite file leads all, always. */
export const soleLeadership: Leadership = { epochOf: () => 0, epochOfShard: () => 0 };

/** One that only answers the API leads nothing. */
export const noLeadership: Leadership = { epochOf: () => null, epochOfShard: () => null };
