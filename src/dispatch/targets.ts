import { BoundedCache } from '../bounded-cache.js';
import type { Tables } from '../database/connect.js';
import type { Target } from '../send/attempt.js';

/** How many hooks' targets are kept; the least recently used go first. */
const KEPT_LIMIT = 10_000;

/** Where the hooks' deliveries go and as whom, read once and kept until the configuration changes. */
export class Targets {
  readonly #db: () => Tables;
  readonly #kept = new BoundedCache<string, Promise<Target | null>>(KEPT_LIMIT);

  constructor(db: () => Tables) {
    this.#db = db;
  }

  /** The hook's target as it stands now; null when the hook is removed. */
  async targetOf(hookId: string): Promise<Target | null> {
    const target = this.#kept.getOrMake(hookId, () => readTarget(this.#db(), hookId));
    try {
      return await target;
    } catch (error) {
      this.#kept.delete(hookId);
      throw error;
    }
  }

  /** Reads the hooks' targets anew at their next attempt. */
  forget(hookIds: readonly string[]): void {
    for (const hookId of hookIds) this.#kept.delete(hookId);
  }
}

async function readTarget(db: Tables, hookId: string): Promise<Target | null> {
  const row = await db
    .selectFrom('hooks as h')
    .innerJoin('webhooks as w', 'w.id', 'h.webhook_id')
    .leftJoin('authentications as a', 'a.webhook_id', 'w.id')
    .where('h.id', '=', hookId)
    .where('h.status', '=', 'ACTIVE')
    .select(['h.method', 'h.endpoint', 'w.signing_secret'])
    .select(['a.id as authentication_id', 'a.version', 'a.endpoint as token_endpoint', 'a.client_id', 'a.client_secret'])
    .select(['a.client_authentication', 'a.scope', 'a.audience', 'a.header_format', 'a.header_value_format'])
    .executeTakeFirst();
  if (row === undefined) return null;

  return {
    hookId,
    method: row.method,
    endpoint: row.endpoint,
    signingSecret: row.signing_secret,
    authentication:
      row.authentication_id === null
        ? null
        : {
            id: row.authentication_id,
            version: row.version!,
            endpoint: row.token_endpoint!,
            clientId: row.client_id!,
            clientSecret: row.client_secret!,
            clientAuthentication: row.client_authentication!,
            scope: row.scope,
            audience: row.audience,
            headerFormat: row.header_format!,
            headerValueFormat: row.header_value_format!,
          },
  };
}
