import type { Actor } from '../../src/actor.js';
import { admin } from '../../src/api-keys/caller.js';

/** The admin, calling from this machine. */
export const ADMIN_ACTOR: Actor = { ...admin, address: '127.0.0.1' };
