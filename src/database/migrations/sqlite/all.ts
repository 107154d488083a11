import { CatalogVersionMigration } from './2026-11-24-catalog-version.js';
import { HookControlMigration } from './2026-11-24-hook-control.js';
import { InitialMigration } from './2026-11-24-initial.js';
import { SeveralServersMigration } from './2026-11-24-several-servers.js';
import { ApiKeysMigration } from './2026-11-28-api-keys.js';
import { AuditRecordsMigration } from './2026-11-28-audit-records.js';
import { OwnerListsMigration } from './2026-11-28-owner-lists.js';
import { SealKeysMigration } from './2026-11-28-seal-keys.js';
import { WebhookVersionMigration } from './2026-11-28-webhook-version.js';
import { ListMarksMigration } from './2026-11-29-list-marks.js';
import { TokenParametersMigration } from './2026-12-01-token-parameters.js';

/** In the order in which they are run. One that was released never changes. */
export const sqliteMigrations = [
  InitialMigration,
  HookControlMigration,
  SeveralServersMigration,
  CatalogVersionMigration,
  ApiKeysMigration,
  WebhookVersionMigration,
  AuditRecordsMigration,
  SealKeysMigration,
  OwnerListsMigration,
  ListMarksMigration,
  TokenParametersMigration,
];
