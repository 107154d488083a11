import BetterSqlite from 'better-sqlite3';

/** How many findings are told of. */
const FINDING_LIMIT = 5;

/** How long a read waits where the file is being recovered by whoever has it open, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * What is damaged in a database that may be in use: reads all of it, without a lock that would hold up a write. Table by table, so that
 * no read is so long that the log (`-wal`) would grow meanwhile. What `quick_check` leaves out, the comparison of indexes with
 * their tables, would take ten times as long.
 */
export function findDamage(file: string): string[] {
  const database = new BetterSqlite(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // The table of probes comes and goes (`probe-storage.ts`).
    const tables = database.prepare(`select name from sqlite_schema where type = 'table' and name <> 'storage_probe'`).pluck().all();
    const findings: string[] = [];
    for (const table of ['sqlite_schema', ...(tables as string[])]) {
      const found = database.pragma(`quick_check("${table.replaceAll('"', '""')}")`) as Array<{ quick_check: string }>;
      findings.push(...found.map(({ quick_check: finding }) => finding).filter((finding) => finding !== 'ok'));
      if (findings.length >= FINDING_LIMIT) break;
    }
    return findings.slice(0, FINDING_LIMIT);
  } catch (error) {
    const isDamage = error instanceof BetterSqlite.SqliteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code);
    if (!isDamage) throw error;
    return [error.message];
  } finally {
    database.close();
  }
}
