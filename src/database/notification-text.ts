import type { Topic } from './notifications.js';
import { slices } from './slices.js';

/** What is told in one notification. */
export interface Told {
  serverId: string;
  topics: readonly Topic[];
  /** Empty unless `hooks` is among the topics. */
  hookIds: readonly string[];
}

/** How many ids, of 36 bytes and a comma, go into one notification beside the rest: PostgreSQL takes less than 8,000 bytes. */
const HOOK_LIMIT = 200;

const TOPICS: Record<Topic, true> = { changes: true, health: true, signals: true, shards: true, hooks: true };

/** As the texts of notifications: more than one where there are many hooks. */
export function writeTold({ serverId, topics, hookIds }: Told): string[] {
  const [first = [], ...others] = slices(hookIds, HOOK_LIMIT);
  return [writeOne(serverId, topics, first), ...others.map((ids) => writeOne(serverId, ['hooks'], ids))];
}

/** Undefined where it is nothing that `writeTold` writes: anybody may notify on any channel. */
export function readTold(text: string): Told | undefined {
  const [serverId, topicList = '', hookList = '', ...others] = text.split(' ');
  const topics = topicList.split(',');
  if (!serverId || others.length > 0 || !topics.every((topic): topic is Topic => Object.hasOwn(TOPICS, topic))) return undefined;
  return { serverId, topics, hookIds: hookList === '' ? [] : hookList.split(',') };
}

function writeOne(serverId: string, topics: readonly Topic[], hookIds: readonly string[]): string {
  return [serverId, topics.join(','), ...(hookIds.length === 0 ? [] : [hookIds.join(',')])].join(' ');
}
