/** One data folder over several lives of its server: what was promised, what was recorded, and what arrived. */
export interface Ledger {
  organizationId: string;
  /** The hooks, all of which every event is owed to. */
  hookIds: readonly string[];
  /** The lives of the server, counted from 1; each but the last ended by a kill. */
  lifeCount: number;
  /** What publishers were told, an answer that was asked for twice twice. */
  acknowledged: readonly Acknowledged[];
  events: readonly StoredEvent[];
  deliveries: readonly StoredDelivery[];
  attempts: readonly StoredAttempt[];
  /** The attempts' ids in the order of the log of changes. */
  logged: readonly string[];
  requests: readonly SeenRequest[];
  /** The attempts' ids as a subscriber was told them; null where nobody subscribed. */
  told: readonly string[] | null;
}

export interface Acknowledged {
  eventId: string;
  idempotencyKey: string;
  payload: unknown;
}

export interface StoredEvent {
  id: string;
  type: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

export interface StoredDelivery {
  id: string;
  eventId: string;
  hookId: string;
  status: string;
  attemptCount: number;
}

export interface StoredAttempt {
  id: string;
  deliveryId: string;
  number: number;
  /** What it made of its delivery, by the log of changes. */
  status: string;
  /** The life in which it was recorded. */
  life: number;
}

export interface SeenRequest {
  /** The `webhook-id`. */
  deliveryId: string;
  /** The hook whose receiver got it. */
  hookId: string;
  /** The life that sent it. */
  life: number;
  body: string;
  /** Whether the published verifier accepted it. */
  isSigned: boolean;
}
