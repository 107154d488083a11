/** Whose events a history has. */
export interface HistoryHook {
  organizationId: string;
  webhookId: string;
  hookId: string;
  type: string;
}

/** Events of a history by their numbers in it, and when they happened: each `stepMs` after the one before, which may be a fraction. */
export interface HistorySpan {
  from: number;
  count: number;
  startAt: number;
  stepMs: number;
}

/** Writes rows past the servers, none of which may run meanwhile. */
export interface HistoryWriter extends AsyncDisposable {
  /** Those that may still get events, in the order of their ids. */
  readHooks(): Promise<HistoryHook[]>;
  addHooks(hooks: readonly HistoryHook[], createdAt: number): Promise<void>;
  /** The largest id of an event that is smaller than this one; null where there is none. */
  readLastEventId(below: string): Promise<string | null>;
  /** To be told whose events the next spans have, in turns. */
  deal(hooks: readonly HistoryHook[]): Promise<void>;
  /** Writes what delivered events leave: each an event, a delivery, an attempt and an entry of the log. */
  lay(span: HistorySpan): Promise<void>;
  /** Leaves the database as one that has run for long. */
  settle(): Promise<void>;
}
