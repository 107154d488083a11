import { AssertionError } from 'node:assert';
import { errors } from 'undici';
import { AddressRefusedError, ADDRESS_REFUSED_MESSAGE } from './address-rules.js';
import type { AddressRefused, ConnectionFailed, TimedOut } from './outcome.js';

const timeoutCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * Sentences of ours rather than the errors' own: those name addresses inside the operator's network, and parts of OpenSSL.
 * The code beside them tells a program, and who asks, the rest.
 */
const sentences: Record<string, string> = {
  ANSWER_TOO_LONG: 'The answer had no end within 256 KiB.',
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was reset before the answer was complete.',
  EHOSTUNREACH: 'The host cannot be reached.',
  EMFILE: 'This server has too many open files.',
  ENETUNREACH: 'The network of the host cannot be reached.',
  // One sentence for both: see `AddressRules.lookup`.
  ENOTFOUND:
    'The host name does not exist, or it leads to an address that requests may not go to. Check how it is spelled; an operator can allow addresses by DANGEROUSLY_ALLOWED_ADDRESSES.',
  EAI_AGAIN: 'The name server did not answer.',
  EPIPE: 'The connection was closed before the request was sent.',
  EPROTO: 'The receiver does not speak TLS as it should.',
  ERR_INVALID_URL: 'The endpoint is not a valid http or https URL.',
  INVALID_HTTP: 'The receiver answered, but not as HTTP asks, and with no status that can be read.',
  ETIMEDOUT: 'The host did not answer.',
  UND_ERR_DESTROYED: 'This server is stopping.',
  UND_ERR_HEADERS_OVERFLOW: 'The headers of the answer are larger than 16 KiB.',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'The answer is not as long as its content-length says.',
  UND_ERR_SOCKET: 'The connection was closed before the answer was complete.',
  UNEXPECTED_UPGRADE: 'The receiver answered 101: it wants to change the protocol.',
};

/** The longest text of a certificate error that is kept, in characters: it may list all names of a certificate. */
const LONGEST_REASON = 300;

/** The outcome for an error of undici or of the system. Anything whatever has one; nothing throws. */
export function failureOutcome(error: unknown, timeoutMs: number): TimedOut | ConnectionFailed | AddressRefused {
  if (error instanceof AddressRefusedError) return { kind: 'ADDRESS_REFUSED', message: ADDRESS_REFUSED_MESSAGE };
  const code = errorCode(error);
  if (timeoutCodes.has(code)) return timedOut(timeoutMs);
  return { kind: 'CONNECTION_FAILED', code, message: sentences[code] ?? sentenceFor(code, error) };
}

/** The outcome when the attempt's time is up. */
export function timedOut(timeoutMs: number): TimedOut {
  return { kind: 'TIMED_OUT', message: `The answer was not complete within ${timeoutMs} ms.` };
}

/** The code of an error of undici, got or the system, `UNKNOWN` where it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  // undici reports this one, of all protocol errors, as a plain closed socket.
  if (error instanceof Error && error.message === 'bad upgrade') return 'UNEXPECTED_UPGRADE';
  // These should bear the parser's codes (`HPE_INVALID_CONSTANT`), but come without (undici 8.12.4).
  if (error instanceof errors.HTTPParserError) return 'INVALID_HTTP';
  // What undici believes that its parser lets through no more, such as a status below 100.
  if (error instanceof AssertionError) return 'INVALID_HTTP';
  return 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

function sentenceFor(code: string, error: unknown): string {
  if (wantsClientCertificate(code)) return 'The receiver wants a client certificate, which this server does not have.';
  if (code.endsWith('ALERT_HANDSHAKE_FAILURE')) {
    return 'The receiver broke off the TLS handshake. It may want a client certificate, which this server does not have, or a version or a cipher of TLS that this server does not offer.';
  }
  if (code.startsWith('ERR_SSL_')) return `The receiver does not speak TLS as it should (${code.slice('ERR_SSL_'.length)}).`;
  if (/CERT|ISSUER|SIGNATURE|CRL/.test(code) && error instanceof Error) {
    // What follows the semicolon is advice for whoever runs Node.
    const [reason = ''] = error.message.split(';');
    return `The certificate is not valid: ${reason.slice(0, LONGEST_REASON)}`;
  }
  return `The request failed (${code}).`;
}

/**
 * Whether the other side refused a TLS connection for want of a client certificate. TLS 1.3 has an alert for that; with 1.2 some
 * servers call the certificate that they did not get a bad or an unknown one.
 */
export function wantsClientCertificate(code: string): boolean {
  return /^ERR_SSL_.*ALERT_(?:CERTIFICATE_REQUIRED|NO_CERTIFICATE|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/.test(code);
}
