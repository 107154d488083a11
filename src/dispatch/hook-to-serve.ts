import type { Tables } from '../database/connect.js';
import { fromJsonColumn } from '../database/json-column.js';
import type { HealthColumns } from '../entities/hook-health.js';
import type { Ordering } from '../entities/hook.js';
import type { RateLimit } from '../entities/rate-limit.js';
import type { SealRing } from '../seal/seal-ring.js';
import type { ExtraParameter, Target } from '../send/attempt.js';

/** A hook as the dispatcher needs it: where it is sent, how fast, and how it is doing. */
export interface HookToServe {
  target: Target;
  inFlightLimit: number;
  rateLimit: RateLimit | null;
  ordering: Ordering;
  health: HealthColumns;
}

/** The hook as it stands now, its secrets opened; null when it is removed. */
export async function readHookToServe(db: Tables, ring: SealRing, hookId: string): Promise<HookToServe | null> {
  const row = await db
    .selectFrom('hooks as h')
    .innerJoin('webhooks as w', 'w.id', 'h.webhook_id')
    .leftJoin('authentications as a', 'a.webhook_id', 'w.id')
    .where('h.id', '=', hookId)
    .where('h.status', '!=', 'REMOVED')
    .select([
      'h.method',
      'h.endpoint',
      'h.organization_id',
      'h.webhook_id',
      'w.signing_secret',
      'h.in_flight_limit',
      'h.rate_limit',
      'h.ordering',
    ])
    .select(['h.status', 'h.status_changed_at', 'h.disabled_reason', 'h.failing_since', 'h.warning_count'])
    .select(['a.id as authentication_id', 'a.version', 'a.endpoint as token_endpoint', 'a.client_id', 'a.client_secret'])
    .select([
      'a.client_authentication',
      'a.scope',
      'a.audience',
      'a.resource',
      'a.extra_parameters',
      'a.header_format',
      'a.header_value_format',
    ])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { organization_id: organizationId } = row;

  return {
    inFlightLimit: row.in_flight_limit,
    rateLimit: fromJsonColumn(row.rate_limit),
    ordering: row.ordering,
    health: {
      status: row.status,
      statusChangedAt: row.status_changed_at,
      disabledReason: row.disabled_reason,
      failingSince: row.failing_since,
      warningCount: row.warning_count,
    },
    target: {
      hookId,
      method: row.method,
      endpoint: row.endpoint,
      signingSecret: ring.open(row.signing_secret, { organizationId, column: 'webhooks.signing_secret', id: row.webhook_id }),
      authentication:
        row.authentication_id === null
          ? null
          : {
              id: row.authentication_id,
              version: row.version!,
              endpoint: row.token_endpoint!,
              clientId: row.client_id!,
              clientSecret: ring.open(row.client_secret!, {
                organizationId,
                column: 'authentications.client_secret',
                id: row.authentication_id,
              }),
              clientAuthentication: row.client_authentication!,
              scope: row.scope,
              audience: row.audience,
              resource: fromJsonColumn(row.resource),
              extraParameters:
                row.extra_parameters === null
                  ? null
                  : (JSON.parse(
                      ring.open(row.extra_parameters, {
                        organizationId,
                        column: 'authentications.extra_parameters',
                        id: row.authentication_id,
                      }),
                    ) as ExtraParameter[]),
              headerFormat: row.header_format!,
              headerValueFormat: ring.open(row.header_value_format!, {
                organizationId,
                column: 'authentications.header_value_format',
                id: row.authentication_id,
              }),
            },
    },
  };
}
