import type { Ledger } from '../figures/ledger.js';

/** A ledger as columns of a table. */
export const LEDGER_HEAD = ['published', 'delivered', 'open', 'missing', 'unknown', 'doubles'];

export function ledgerCells({ publishedCount, deliveredCount, openCount, missingCount, unknownCount, doubleCount }: Ledger): string[] {
  return [publishedCount, deliveredCount, openCount, missingCount, unknownCount, doubleCount].map(String);
}
