/** Of AES-256. */
export const ENCRYPTION_KEY_BYTES = 32;

/** 32 bytes in base64, of either alphabet. */
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * The keys of a text, the one that seals first: each 32 bytes in base64, with commas or spaces or line ends between them.
 * Undefined where one is anything else, where one stands there twice, and where there is none.
 */
export function readEncryptionKeys(text: string): readonly Buffer[] | undefined {
  const parts = partsOf(text);
  if (parts.length === 0 || findFaultyPart(parts) !== undefined) return undefined;
  return parts.map((part) => Buffer.from(part, 'base64'));
}

/** What stands in a text that has no such keys, as an error may say it: which of them is wrong, and nothing of what it is. */
export function describeWrongKeys(text: string): string {
  const parts = partsOf(text);
  const faulty = findFaultyPart(parts);
  if (faulty === undefined) return 'none';
  const { index, fault } = faulty;
  return parts.length === 1 ? `one that ${fault}` : `${parts.length}, of which number ${index + 1} ${fault}`;
}

function partsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}

function findFaultyPart(parts: readonly string[]): { index: number; fault: string } | undefined {
  // One key can be written in several ways.
  const seen = new Set<string>();
  for (const [index, part] of parts.entries()) {
    if (!KEY.test(part)) return { index, fault: `is none: it has ${part.length} characters, and a key 44 of A-Z, a-z, 0-9, + / =` };
    const hex = Buffer.from(part, 'base64').toString('hex');
    if (seen.has(hex)) return { index, fault: 'is there before' };
    seen.add(hex);
  }
  return undefined;
}
