import type { Clock } from '../clock.js';
import type { Writes } from '../database/writes.js';
import type { NewId } from '../ids.js';
import type { SchemaChecks } from '../json-schema/schema-checks.js';
import type { TellLeaders } from '../lead/tell-leaders.js';
import type { HealthFeed } from '../watch/health-log.js';
import type { SealRing } from '../seal/seal-ring.js';
import type { FieldSchemas } from './field-schemas.js';

/** What the changes of configuration work with. */
export interface ConfigureParts {
  readonly writes: Writes;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Seals the secrets that are saved. */
  readonly ring: SealRing;
  /** `whsec_` and random bytes. */
  readonly newSigningSecret: () => string;
  readonly fields: FieldSchemas;
  /** Compile the schemas of event types. */
  readonly schemas: SchemaChecks;
  /** Told of hooks that were changed, removed or resumed, or whose secret or authentication was changed. */
  readonly tellLeaders: TellLeaders;
  /** Makes due what still waits for another although its hook has no order any more. */
  readonly releaseUnordered: () => Promise<void>;
  readonly healthFeed: Pick<HealthFeed, 'append'>;
  /** How long a hook may fail before it is switched off. */
  readonly disableAfterMs: number;
  /** Ends the open deliveries of removed hooks as cancelled. */
  readonly cancelDeliveriesOfRemovedHooks: () => Promise<void>;
}
