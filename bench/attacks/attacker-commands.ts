import type { Victim } from './attack.js';
import type { AttackFigures } from './attackers.js';

/** What the attackers can be asked for. */
export type AttackerCommands = {
  /** Begins all attacks, each again so long after its end. */
  begin: { given: { victim: Victim; pauseMs: number }; answer: Record<string, never> };
  /** Ends them. */
  end: { given: Record<string, never>; answer: AttackFigures[] };
};
