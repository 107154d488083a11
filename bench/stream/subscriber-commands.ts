/** Who is to watch what, where. */
export interface Watching {
  /** `ws://127.0.0.1:<port>/graphql` */
  url: string;
  adminKey: string;
  /** Each with the cursor from which on all is watched. */
  organizations: ReadonlyArray<{ id: string; after: string }>;
  /** The subscribers of an organization have numbers that follow each other: those of the first begin with 0. */
  subscribersEach: number;
  perSocket: number;
}

/** The notices that came, one column each, in the order of arrival. */
export interface Notices {
  /** The numbers of the subscribers. */
  subscribers: Int32Array;
  /** Where in `attempts` stands what each is about. */
  attemptIndexes: Int32Array;
  /** When its message was here, on the monotonic clock. */
  arrivedAts: Float64Array;
  attempts: ReadonlyArray<{ id: string; deliveryId: string }>;
  /** What went wrong with subscriptions and sockets, each a sentence; of many the first. */
  faults: readonly string[];
}

/** What the subscribers can be asked for. They count the notices that came. */
export type SubscriberCommands = {
  /** Opens the sockets and subscribes. Answers when every server has acknowledged the sockets and been sent the subscriptions. */
  watch: { given: Watching; answer: Record<string, never> };
  /** Says that the server is about to end, so that it is no fault when sockets do. */
  expectEnd: { given: Record<string, never>; answer: Record<string, never> };
  takeNotices: { given: Record<string, never>; answer: Notices };
};
