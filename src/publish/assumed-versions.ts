import { sql } from 'kysely';
import type { Tables } from '../database/connect.js';
import { RowStatement } from '../database/row-statement.js';
import { RunAgainError } from '../database/run-again.js';
import type { Premise } from '../database/statement-pair.js';
import { readCatalogVersions } from './read-catalog.js';

const otherVersions = new RowStatement(
  { id: 'uuid', version: 'uuid' },
  (rows) => sql`
    select from (${rows}) as assumed (id, version) left join organizations on organizations.id = assumed.id
    where organizations.id is null or organizations.catalog_version is distinct from assumed.version`,
);

/**
 * That organizations' catalogs have the versions by which what is kept of them is held. Where another server has changed one, the
 * transaction is run again from its start, with none of these assumed any more.
 */
export class AssumedVersions implements Premise {
  readonly refutation = otherVersions;
  readonly #versions: ReadonlyMap<string, string | null>;
  readonly #forget: () => void;

  /** `forget` is called where one is another. */
  constructor(versions: ReadonlyMap<string, string | null>, forget: () => void) {
    this.#versions = versions;
    this.#forget = forget;
  }

  get rows() {
    return [...this.#versions].map(([id, version]) => ({ id, version }));
  }

  async check(db: Tables): Promise<void> {
    const versions = await readCatalogVersions({ db }, [...this.#versions.keys()]);
    // Of an organization that is not there it is undefined, and of one whose catalog was never changed null.
    if (this.rows.some(({ id, version }) => versions.get(id) !== version)) this.refuse();
  }

  refuse(): never {
    this.#forget();
    throw new RunAgainError("Another server has changed an organization's event types or hooks.");
  }
}
