/** The event types that the server itself publishes, of how hooks and deliveries are doing. Nobody else may. */
export const operationalTypes = ['hook_failing', 'hook_disabled', 'hook_recovered', 'delivery_failed'] as const;

export type OperationalType = (typeof operationalTypes)[number];

/** An event of the server's own, to be published where a hook waits for its type. */
export interface OperationalEvent {
  organizationId: string;
  type: OperationalType;
  payload: Record<string, unknown>;
  /** Milliseconds since the epoch. */
  publishedAt: number;
}

export function isOperational(type: string): boolean {
  return (operationalTypes as readonly string[]).includes(type);
}
