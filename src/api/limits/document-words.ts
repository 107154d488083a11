import { type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql';
import { limits } from './limits.js';

/**
 * The most words that are parsed. Beside those that a person may write, clients add a `__typename` in each pair of braces; there is one
 * for three words at most, since a pair of braces takes two of them and has at least one inside.
 */
export const PARSED_WORDS = limits.tokens + Math.floor(limits.tokens / 3);

/**
 * How many words, names and signs the text of a document has, but for one `__typename` in each pair of braces, as clients add it. More
 * of them in one count, and so do those with another name: nobody adds such by himself.
 */
export function countWords(document: DocumentNode): number {
  const count = document.tokenCount ?? 0;
  // Most texts are far from the limit, and are not walked through.
  if (count <= limits.tokens) return count;
  let addedCount = 0;
  visit(document, {
    SelectionSet: (set) => void (addedCount += hasTypeName(set) ? 1 : 0),
    Argument: () => false,
    VariableDefinition: () => false,
  });
  return count - addedCount;
}

function hasTypeName({ selections }: SelectionSetNode): boolean {
  return selections.some((node) => node.kind === Kind.FIELD && node.name.value === '__typename' && node.alias === undefined);
}
