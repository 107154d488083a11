import type { WriteTransaction } from '../database/writes.js';
import type { SignalKind } from '../entities/signal.js';

/** What the leader of a hook has to know: see `SignalKind`. */
export interface NewSignal {
  kind: SignalKind;
  hookId: string;
  /** The one that has ended; for other kinds there is none. */
  deliveryId?: string;
}

/** Tells the leaders of hooks, whichever servers they are, in the transaction that makes it so: they learn of it once it is committed. */
export type TellLeaders = (tx: WriteTransaction, signals: readonly NewSignal[]) => Promise<void>;

/** Where one server leads all hooks, it is told in memory. */
export function tellWithin(apply: (signals: readonly NewSignal[]) => void): TellLeaders {
  return async (tx, signals) => {
    if (signals.length > 0) tx.afterCommit(() => apply(signals));
  };
}

/** The same for each of these hooks. */
export function signalsFor(kind: SignalKind, hookIds: readonly string[]): NewSignal[] {
  return hookIds.map((hookId) => ({ kind, hookId }));
}
