export const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The place of the quote that ends the string that begins at `start` in a JSON text; the end of the text where none does. */
export function endOfJsonString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashCount = 0;
    while (text.charCodeAt(end - 1 - backslashCount) === BACKSLASH) backslashCount += 1;
    if (backslashCount % 2 === 0) return end;
  }
  return text.length;
}
