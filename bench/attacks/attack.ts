/** Whom an attack is on, and what the attacker has of it: keys of an organization of his own, each with one scope; `stall` may publish too. */
export interface Victim {
  url: string;
  organizationId: string;
  keys: Readonly<Record<'publish' | 'stall' | 'read' | 'manage', string>>;
}

/** When a round ends by itself. */
export interface Ends {
  /** Aborted when what would last for ever has lasted long enough. */
  enough: AbortSignal;
  /** Aborted when nothing is waited for any more. */
  signal: AbortSignal;
}

/** Something that was found to stop a server, or to cost it more than it costs whoever does it. */
export interface Attack {
  /** As it is called in results. */
  name: string;
  /** What has to come of it (`outcomeOf`), at least now and then: one of these. */
  refusals: readonly string[];
  /** What may come beside. Anything else is a hole. */
  beside?: readonly string[];
  /** Does it once and answers with what came of it, connection by connection. */
  round(victim: Victim, ends: Ends): Promise<readonly string[]>;
}
