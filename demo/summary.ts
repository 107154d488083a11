import { counted } from './tally.js';

export interface Totals {
  /** How many deliveries there should be: one for each hook of the document. */
  hookCount: number;
  deliveredCount: number;
  attemptCount: number;
  tokenCount: number;
  signatureCount: number;
  /** What is not delivered, each with why. */
  missing: readonly string[];
  /** What stopped the stream; null where nothing did. */
  failure: string | null;
}

export interface Summary {
  /** Whether every hook has got its delivery. The exit status of `--once` is this. */
  isComplete: boolean;
  /** One line that says it all, then one for each thing that is missing. */
  lines: string[];
}

export function summaryOf({ hookCount, deliveredCount, attemptCount, tokenCount, signatureCount, missing, failure }: Totals): Summary {
  const isComplete = deliveredCount === hookCount && hookCount > 0;
  const facts = [
    `${deliveredCount} of ${hookCount} delivered`,
    counted(attemptCount, 'attempt'),
    `${counted(tokenCount, 'token')} fetched`,
    `${counted(signatureCount, 'signature')} verified`,
  ];
  const lines = [`${isComplete ? '✔' : '✘'} ${facts.join(', ')}`];
  if (!isComplete) lines.push(...missing.map((what) => `  missing  ${what}`));
  if (failure !== null) lines.push(`  the live stream broke: ${failure}`);
  return { isComplete, lines };
}
