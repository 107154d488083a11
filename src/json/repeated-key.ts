import { endOfJsonString } from './json-text.js';

/** A list or an object that has begun and not ended. */
interface Open {
  /** The keys so far; undefined for a list. */
  keys: Set<string> | undefined;
  /** The step to the value that is being read. */
  step: string;
  index: number;
}

/**
 * The path (`variables.input.payload.a`) of the first key that its object has twice; undefined where there is none. The text is valid JSON. After each
 * `pieceLength` characters, others have their turn.
 */
export async function findRepeatedKey(text: string, pieceLength: number): Promise<string | undefined> {
  const open: Open[] = [];
  let pauseAt = pieceLength;
  for (let index = 0; index < text.length; index += 1) {
    if (index >= pauseAt) {
      await new Promise(setImmediate);
      pauseAt = index + pieceLength;
    }
    const innermost = open.at(-1);
    switch (text.charAt(index)) {
      case '{':
        open.push({ keys: new Set(), step: '', index: 0 });
        break;
      case '[':
        open.push({ keys: undefined, step: '[0]', index: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (innermost!.keys === undefined) {
          innermost!.index += 1;
          innermost!.step = `[${innermost!.index}]`;
        }
        break;
      case '"': {
        const end = endOfJsonString(text, index);
        if (innermost?.keys !== undefined && isKey(text, end)) {
          const key = JSON.parse(text.slice(index, end + 1)) as string;
          innermost.step = `.${key}`;
          if (innermost.keys.has(key))
            return open
              .map(({ step }) => step)
              .join('')
              .slice(1);
          innermost.keys.add(key);
        }
        index = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Whether a colon follows the string that ends here. */
function isKey(text: string, end: number): boolean {
  let index = end + 1;
  while (/\s/.test(text[index] ?? '')) index += 1;
  return text[index] === ':';
}

/** How many keys all objects of a parsed value have. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) {
    let count = 0;
    for (const item of value) count += countKeys(item);
    return count;
  }
  const keys = Object.keys(value);
  let count = keys.length;
  for (const key of keys) count += countKeys((value as Record<string, unknown>)[key]);
  return count;
}
