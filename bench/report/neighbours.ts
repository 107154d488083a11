import { shownShare } from './shown.js';

/** Beyond it, figures tell more of the neighbours than of the servers. */
const BUSY_SHARE = 0.2;

/** What to say of other programs, by their share of the machine in each run; nothing where they left it alone, or nobody knows. */
export function neighbourNotes(othersCpuShares: ReadonlyArray<number | null>): string[] {
  const busiest = Math.max(0, ...othersCpuShares.map((share) => share ?? 0));
  if (busiest <= BUSY_SHARE) return [];
  return [`Other programs took up to ${shownShare(busiest)} of the machine: the figures are theirs too. Measure again when it is quiet.`];
}
