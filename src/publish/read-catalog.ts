import type { WriteTransaction } from '../database/writes.js';
import { fromJsonColumn } from '../database/json-column.js';

/** An event type as a publish needs it. */
export interface CatalogEntry {
  id: string;
  version: number;
  schema: Record<string, unknown> | boolean | null;
}

/** A hook that an event of its type owes a delivery. */
export interface MatchingHook {
  id: string;
  webhookId: string;
}

/** Which of the ids name an organization. */
export async function readOrganizationIds({ db }: WriteTransaction, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.selectFrom('organizations').where('id', 'in', ids).select('id').execute();
  return new Set(rows.map(({ id }) => id));
}

/** The catalog's entries of these names in these organizations, by `<organization id> <name>`. */
export async function readCatalog(
  { db }: WriteTransaction,
  organizationIds: readonly string[],
  names: readonly string[],
): Promise<Map<string, CatalogEntry>> {
  if (names.length === 0) return new Map();

  const rows = await db
    .selectFrom('event_types')
    .where('organization_id', 'in', organizationIds)
    .where('name', 'in', names)
    .select(['id', 'organization_id', 'name', 'version', 'schema'])
    .execute();
  return new Map(
    rows.map((row) => [`${row.organization_id} ${row.name}`, { id: row.id, version: row.version, schema: fromJsonColumn(row.schema) }]),
  );
}

/** The active hooks of these types in these organizations, by `<organization id> <type>`. */
export async function readMatchingHooks(
  { db }: WriteTransaction,
  organizationIds: readonly string[],
  types: readonly string[],
): Promise<Map<string, MatchingHook[]>> {
  if (types.length === 0) return new Map();

  const rows = await db
    .selectFrom('hooks')
    .where('organization_id', 'in', organizationIds)
    .where('type', 'in', types)
    .where('status', '=', 'ACTIVE')
    .select(['id', 'organization_id', 'webhook_id', 'type'])
    .execute();
  return Map.groupBy(
    rows.map((row) => ({ id: row.id, webhookId: row.webhook_id, organizationId: row.organization_id, type: row.type })),
    ({ organizationId, type }) => `${organizationId} ${type}`,
  );
}
