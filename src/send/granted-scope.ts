/**
 * What a token server granted of the scope that was asked for, where that is not all of it; null where nothing is missing or
 * nothing is said (RFC 6749, sections 3.3 and 5.1). Only words that were asked for come out, in their order, so that no server
 * can put anything else into a record.
 */
export function grantedPart(asked: string | null, answered: unknown): string | null {
  const granted = readScope(answered);
  if (asked === null || granted === null) return null;
  const wanted = wordsOf(asked);
  const kept = wanted.filter((word) => granted.has(word));
  return kept.length === wanted.length ? null : kept.join(' ');
}

/** Some servers answer with a list instead of words with spaces between them, or put commas there. */
function readScope(answered: unknown): ReadonlySet<string> | null {
  if (typeof answered === 'string') return new Set([...wordsOf(answered), ...answered.split(/[ ,]/)]);
  if (Array.isArray(answered) && answered.every((word) => typeof word === 'string')) return new Set(answered);
  return null;
}

function wordsOf(scope: string): string[] {
  return scope.split(' ').filter((word) => word !== '');
}
