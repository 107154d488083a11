import { UnavailableError } from '../errors.js';
import { causesOf, codeOf } from './causes-of.js';

/** Thrown within a transaction that another server's commit has overtaken: run again from its start, it sees what that one wrote. */
export class RunAgainError extends Error {
  override readonly name = 'RunAgainError';
}

/** How often a transaction is run at most. Each time it was another server that got on, so seldom more than twice. */
const RUN_LIMIT = 10;

/** What PostgreSQL breaks a transaction off with that only came at a bad moment: serialization_failure and deadlock_detected. */
const BAD_MOMENT_CODES = new Set(['40001', '40P01']);

/**
 * A unique index has a row of another server that was not there yet when this transaction looked (unique_violation). The
 * second time it looks it sees that row; where the index refuses it again, what is written is at fault.
 */
const TAKEN_CODE = '23505';

/** Runs a transaction, from its start again where another server came between. Throws what it throws otherwise. */
export async function runUntilAlone<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let runCount = 1, takenCount = 0; ; runCount += 1) {
    try {
      return await run();
    } catch (error) {
      if (isTaken(error)) takenCount += 1;
      else if (!cameBetween(error)) throw error;
      if (takenCount > 1) throw error;
      if (runCount === RUN_LIMIT) {
        throw new UnavailableError('Other servers were changing the same thing all the time. Nothing was changed; try again.', error);
      }
    }
  }
}

function isTaken(error: unknown): boolean {
  return causesOf(error).some((one) => codeOf(one) === TAKEN_CODE);
}

function cameBetween(error: unknown): boolean {
  return causesOf(error).some((one) => one instanceof RunAgainError || BAD_MOMENT_CODES.has(codeOf(one) ?? ''));
}
