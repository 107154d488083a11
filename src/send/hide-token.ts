import { MASK } from './authentication-header.js';
import type { Outcome } from './outcome.js';

/** The outcome without the token, should the receiver have sent it back: in the headers, in the body, in JSON or not. */
export function hideToken(outcome: Outcome, token: string): Outcome {
  if (outcome.kind !== 'RESPONSE_RECEIVED') return outcome;
  const { bodyTruncated, protocolError, statusLine } = outcome;
  const spellings = [...new Set([token, JSON.stringify(token).slice(1, -1)])];
  const masked = mask(outcome.body, spellings);
  const body = bodyTruncated ? maskCutEnd(masked, spellings) : masked;
  return {
    ...outcome,
    ...(protocolError === undefined ? {} : { protocolError: mask(protocolError, spellings) }),
    ...(statusLine === undefined ? {} : { statusLine: maskCutEnd(mask(statusLine, spellings), spellings) }),
    headers: outcome.headers.map(({ name, value }) => ({ name: mask(name, spellings), value: mask(value, spellings) })),
    body,
    // As long as its text it is no more.
    ...(outcome.bodyBytes === undefined && body !== outcome.body ? { bodyBytes: Buffer.byteLength(outcome.body) } : {}),
  };
}

function mask(text: string, spellings: readonly string[]): string {
  return spellings.reduce((masked, spelling) => masked.split(spelling).join(MASK), text);
}

/** Masks the beginning of the token at the very end of a text that was cut there, even if by chance it is one letter. */
function maskCutEnd(text: string, spellings: readonly string[]): string {
  const lengths = spellings.map((spelling) => overlap(text, spelling));
  const longest = Math.max(...lengths);
  return longest === 0 ? text : text.slice(0, -longest) + MASK;
}

function overlap(text: string, token: string): number {
  let length = Math.min(token.length - 1, text.length);
  while (length > 0 && !token.startsWith(text.slice(-length))) length -= 1;
  return length;
}
