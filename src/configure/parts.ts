import type { Clock } from '../clock.js';
import type { Writes } from '../database/writes.js';
import type { NewId } from '../ids.js';
import type { FieldSchemas } from './field-schemas.js';

/** What the changes of configuration work with. */
export interface ConfigureParts {
  readonly writes: Writes;
  readonly clock: Clock;
  readonly newId: NewId;
  /** `whsec_` and random bytes. */
  readonly newSigningSecret: () => string;
  readonly fields: FieldSchemas;
  /** Told, right after the commit, of hooks whose endpoint, method, secret or authentication changed. */
  readonly hooksChanged: (hookIds: readonly string[]) => void;
  /** Told, right after the commit, of hooks that are removed. */
  readonly hooksRemoved: (hookIds: readonly string[]) => void;
  /** Ends the open deliveries of removed hooks as cancelled. */
  readonly cancelDeliveriesOfRemovedHooks: () => Promise<void>;
}
