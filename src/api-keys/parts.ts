import type { Clock } from '../clock.js';
import type { EntityManager } from '../database/connect.js';
import type { WriteOne, Writes } from '../database/writes.js';
import type { NewId } from '../ids.js';
import type { Random } from '../random.js';
import type { NewToken } from './create-stream-token.js';

/** What the making and revoking of keys works with. */
export interface ApiKeyParts {
  readonly newEntityManager: () => EntityManager;
  readonly writes: Writes;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly insertToken: WriteOne<NewToken, void>;
  /** Told right after the commit that a key was revoked. */
  readonly revoked: () => void;
}
