/** What a receiver's hook does with a request once it has read it: answer 200, or say nothing for ever. */
export type Behaviour = 'answer' | 'hang';

/** The requests that were answered, one column each, in the order of arrival. */
export interface Arrivals {
  /** The number that the event was published with. */
  numbers: Float64Array;
  /** The ports of the hooks that got them. */
  ports: Float64Array;
  /** When it was due, as the event says. */
  dueAts: Float64Array;
  /** When its first byte was here. All instants are of the monotonic clock. */
  arrivedAts: Float64Array;
  /** When its answer was about to be sent. */
  answeredAts: Float64Array;
  /** What Hookgraph calls the deliveries; empty for what a yardstick has sent. */
  deliveryIds: string[];
}

/** One event at one hook, as a number: no port is larger. */
export function deliveryKey(eventNumber: number, port: number): number {
  return eventNumber * 65_536 + port;
}

/** What the receiver can be asked for. */
export type ReceiverCommands = {
  /** Listens on one more port, which is one hook's alone. `mayBeClosed` says that `close` is to come. */
  listen: { given: { behaviour: Behaviour; mayBeClosed: boolean }; answer: { port: number } };
  /** Stops listening and ends the connections, so that further ones are refused. */
  close: { given: { port: number }; answer: Record<string, never> };
  /** Listens again on a port that was closed, as before. */
  reopen: { given: { port: number }; answer: Record<string, never> };
  /** Hands over all that was answered. */
  takeArrivals: { given: Record<string, never>; answer: Arrivals };
};
