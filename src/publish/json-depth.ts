import { endOfJsonString, QUOTE } from '../json/json-text.js';

/** How deep lists and objects may lie in each other. Many receivers' readers give up at 512 or sooner. */
export const DEPTH_LIMIT = 500;

/** Whether lists and objects of a JSON text lie deeper in each other than `limit`. It reads the text without descending. */
export function isDeeperThan(text: string, limit: number): boolean {
  // Each level takes a bracket to open and one to close.
  if (text.length <= 2 * limit) return false;

  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfJsonString(text, index);
    else if (code === OPENING_BRACKET || code === OPENING_BRACE) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === CLOSING_BRACKET || code === CLOSING_BRACE) depth -= 1;
  }
  return false;
}

const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
