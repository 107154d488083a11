import { SHARD_COUNT, shardOf } from '../../src/entities/shard.js';
import { pause, within } from '../stage/until.js';
import type { Stage } from '../stage/with-stage.js';

/** The server that leads a hook, in the order of their start; undefined where none does that the benchmark has started. */
export type HookLeaders = (hookId: string) => number | undefined;

/** How long the servers may take to share the hooks evenly, in milliseconds: those that are there give to those that come. */
const SHARE_LIMIT_MS = 30_000;

const POLL_MS = 50;

/** Waits until every server leads its share of the hooks. */
export async function untilShared({ database, serverIds, signal }: Stage): Promise<void> {
  if (database.host === null) return;
  const limit = within(SHARE_LIMIT_MS, signal, `The servers did not share the hooks evenly within ${SHARE_LIMIT_MS} ms.`);
  const share = Math.floor(SHARD_COUNT / serverIds.length);
  for (;;) {
    const leaders = await database.host.readLeaders();
    const isShared = serverIds.every((id) => leaders.filter((leader) => leader === id).length >= share);
    if (isShared && !leaders.includes(null)) return;
    await pause(POLL_MS, limit);
  }
}

/** Who leads what at the moment. */
export async function readHookLeaders({ database, serverIds }: Pick<Stage, 'database' | 'serverIds'>): Promise<HookLeaders> {
  if (database.host === null) return () => 0;
  const leaders = await database.host.readLeaders();
  return (hookId) => {
    const index = serverIds.indexOf(leaders[shardOf(hookId)] ?? '');
    return index === -1 ? undefined : index;
  };
}
