import { ApiKeySchema } from './api-key.js';
import { AttemptSchema } from './attempt.js';
import { AuditRecordSchema } from './audit-record.js';
import { AuthenticationSchema } from './authentication.js';
import { DeliveryChangeSchema } from './delivery-change.js';
import { DeliverySchema } from './delivery.js';
import { EventTypeSchema } from './event-type.js';
import { EventSchema } from './event.js';
import { HookHealthChangeSchema } from './hook-health-change.js';
import { HookSchema } from './hook.js';
import { IdempotencyKeySchema } from './idempotency-key.js';
import { OrganizationSchema } from './organization.js';
import { SealKeySchema } from './seal-key.js';
import { ServerLeaseSchema } from './server-lease.js';
import { ShardSchema } from './shard.js';
import { SignalSchema } from './signal.js';
import { StreamTokenSchema } from './stream-token.js';
import { WebhookSchema } from './webhook.js';

/** What the ORM maps; an entity that is not here has no table. */
export const entities = [
  OrganizationSchema,
  EventTypeSchema,
  WebhookSchema,
  AuthenticationSchema,
  HookSchema,
  EventSchema,
  IdempotencyKeySchema,
  DeliverySchema,
  AttemptSchema,
  DeliveryChangeSchema,
  HookHealthChangeSchema,
  ServerLeaseSchema,
  ShardSchema,
  SignalSchema,
  ApiKeySchema,
  StreamTokenSchema,
  AuditRecordSchema,
  SealKeySchema,
] as const;
