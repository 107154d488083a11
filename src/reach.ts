/** Which part of the data a caller has to do with. To a caller, what lies outside looks as if it were not there. */
export interface Reach {
  /** The one organization; null for all of them. */
  readonly organizationId: string | null;
  /** The one webhook of that organization; null for all of them. */
  readonly webhookId: string | null;
}

/** Of the admin, and of the server itself. */
export const EVERYTHING: Reach = { organizationId: null, webhookId: null };

/** Whether an organization, or something of one, is within reach; what belongs to no single webhook names none. */
export function isWithin(reach: Reach, organizationId: string, webhookId: string | null = null): boolean {
  if (reach.organizationId !== null && reach.organizationId !== organizationId) return false;
  return reach.webhookId === null || reach.webhookId === webhookId;
}

/** The id of something, as a caller named it, with what the caller reaches. */
export interface Named {
  readonly id: string;
  readonly reach: Reach;
}
