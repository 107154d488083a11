import { publishDrafts } from '../../crash/publish-drafts.js';
import type { Fleet } from './fleet.js';

/** What a publisher publishes, one after the other: the payloads of a key rise. */
export interface StubbornPublishing {
  fleet: Fleet;
  organizationId: string;
  type: string;
  orderingKey: string;
  count: number;
  /** Told of each event once it is acknowledged. */
  acknowledged: (eventId: string) => void;
  signal: AbortSignal;
}

/**
 * Publishes events of one ordering key, each once the one before is acknowledged, at one server after the other. What is not
 * acknowledged is published again at the next, with the same idempotency key.
 */
export async function publishStubbornly({
  fleet,
  organizationId,
  type,
  orderingKey,
  count,
  acknowledged,
  signal,
}: StubbornPublishing): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const draft = { type, orderingKey, idempotencyKey: `${type} ${orderingKey} ${n}`, payload: { n, key: orderingKey } };
    for (let attempt = n; ; attempt += 1) {
      signal.throwIfAborted();
      const server = fleet.servers[attempt % fleet.servers.length]!;
      try {
        // One that sleeps does not answer. Most of those who publish may wait for it, when it was the slowest before.
        const answers = await Promise.race([publishDrafts(server, organizationId, [draft]), fleet.left(server)]);
        if (answers === undefined) continue;
        acknowledged(answers[0]!.eventId);
        break;
      } catch {
        // It was killed; whether the event is stored, the next answer says.
      }
    }
  }
}
