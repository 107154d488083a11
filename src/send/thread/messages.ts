import type { Tenure } from '../../leadership-board.js';
import type { AttemptReport, Outgoing, Target } from '../attempt.js';

/** What the thread that sends is made with. */
export interface ThreadSettings {
  /** CIDR ranges that are open although the address rules forbid them. */
  allowedRanges: readonly string[];
  isHttpsOnly: boolean;
  attemptTimeoutMs: number;
  userAgent: string;
  /** The memory of the `LeadershipBoard`; null for a server whose hooks nobody else can take over. */
  board: SharedArrayBuffer | null;
}

/** An attempt to be made. */
export interface Order {
  number: number;
  outgoing: Outgoing;
  target: Target;
  tenure: Tenure;
}

/** What came of it, null where its tenure was over before anything was sent; or, where a fault of ours came in between, what that said. */
export type Answer = { number: number } & ({ report: AttemptReport | null } | { fault: string });

/** To the thread: attempts to make, or, null, the request to end. */
export type ToThread = readonly Order[] | null;

/** From the thread: what came of attempts. Its end says that all is closed. */
export type FromThread = readonly Answer[];
