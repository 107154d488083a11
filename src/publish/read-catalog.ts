import type { WriteTransaction } from '../database/writes.js';
import { fromJsonColumn } from '../database/json-column.js';
import { slices } from '../database/slices.js';
import { type Ordering, statusesInUse } from '../entities/hook.js';

/** Names for one read. A caller may send any number of them that are in no catalog. */
const NAMES_LIMIT = 10_000;

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
  ordering: Ordering;
}

/** Which of the ids name an organization. */
export async function readOrganizationIds({ db }: WriteTransaction, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom('organizations').where('id', 'in', ids).select('id').execute();
  return new Set(rows.map(({ id }) => id));
}

/** The versions of the organizations' catalogs, by the ids of those that there are; null as long as nothing was changed. */
export async function readCatalogVersions(
  { db }: Pick<WriteTransaction, 'db'>,
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('organizations').where('id', 'in', ids).select(['id', 'catalog_version']).execute();
  return new Map(rows.map(({ id, catalog_version: version }) => [id, version]));
}

/** The catalog's entries of these names in these organizations, by `<organization id> <name>`. */
export async function readCatalog(
  { db }: WriteTransaction,
  organizationIds: readonly string[],
  names: readonly string[],
): Promise<Map<string, CatalogEntry>> {
  const entries = new Map<string, CatalogEntry>();
  if (organizationIds.length === 0) return entries;
  for (const slice of slices(names, NAMES_LIMIT)) {
    const rows = await db
      .selectFrom('event_types')
      .where('organization_id', 'in', organizationIds)
      .where('name', 'in', slice)
      .select(['id', 'organization_id', 'name', 'version', 'schema'])
      .execute();
    for (const row of rows) {
      entries.set(`${row.organization_id} ${row.name}`, { id: row.id, version: row.version, schema: fromJsonColumn(row.schema) });
    }
  }
  return entries;
}

/** The hooks in use of these types in these organizations, by `<organization id> <type>`. Paused and disabled ones are owed too. */
export async function readMatchingHooks(
  { db }: WriteTransaction,
  organizationIds: readonly string[],
  types: readonly string[],
): Promise<Map<string, MatchingHook[]>> {
  if (organizationIds.length === 0) return new Map();
  const hooks: Array<MatchingHook & { organizationId: string; type: string }> = [];
  for (const slice of slices(types, NAMES_LIMIT)) {
    const rows = await db
      .selectFrom('hooks')
      .where('organization_id', 'in', organizationIds)
      .where('type', 'in', slice)
      .where('status', 'in', statusesInUse)
      .select(['id', 'organization_id', 'webhook_id', 'type', 'ordering'])
      .execute();
    for (const row of rows) {
      const { id, ordering, type } = row;
      hooks.push({ id, webhookId: row.webhook_id, ordering, organizationId: row.organization_id, type });
    }
  }
  return Map.groupBy(hooks, ({ organizationId, type }) => `${organizationId} ${type}`);
}
