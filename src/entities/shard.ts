import { defineEntity, p } from '@mikro-orm/core';

/**
 * Into how many parts hooks fall. A server leads whole parts, so it bounds how many servers can dispatch side by side, and how
 * evenly: of 128, three servers get 43, 43 and 42. It never changes, since it says which hook is in which.
 */
export const SHARD_COUNT = 128;

/** The part that a hook is in. The last bits of its id are random (UUIDv7), so hooks spread evenly. */
export function shardOf(hookId: string): number {
  return Number.parseInt(hookId.slice(-2), 16) % SHARD_COUNT;
}

/** A part of the hooks, and the one server that dispatches their deliveries. Only where several servers share a database. */
export const ShardSchema = defineEntity({
  name: 'Shard',
  tableName: 'shards',
  properties: {
    /** From 0. */
    number: p.integer().primary().autoincrement(false),
    /** The server that leads it; null while none does. */
    leaderId: p.uuid().nullable(),
    /** Rises with each change of the leader: what was begun in an earlier one is not written any more. */
    epoch: p.integer(),
  },
});

export class Shard extends ShardSchema.class {}

ShardSchema.setClass(Shard);
