/** How many events one call publishes. */
const CALL_SIZES = { single: 1, bulk: 100 } as const;

export type PublishForm = keyof typeof CALL_SIZES;

export function callSizeOf({ publish }: { publish: PublishForm }): number {
  return CALL_SIZES[publish];
}
