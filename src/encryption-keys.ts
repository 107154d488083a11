/** Of AES-256. */
export const ENCRYPTION_KEY_BYTES = 32;

/** 32 bytes in base64, of either alphabet. */
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * The keys of a text, the one that seals first: each 32 bytes in base64, with commas or spaces or line ends between them.
 * Undefined where one is anything else, where one stands there twice, and where there is none.
 */
export function readEncryptionKeys(text: string): readonly Buffer[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  if (parts.length === 0 || !parts.every((part) => KEY.test(part))) return undefined;
  const keys = parts.map((part) => Buffer.from(part, 'base64'));
  // One key can be written in several ways.
  return new Set(keys.map((key) => key.toString('hex'))).size === keys.length ? keys : undefined;
}
