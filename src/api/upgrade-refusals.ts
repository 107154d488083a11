import type { IncomingMessage } from 'node:http';
import { describe, type ErrorCode, type OverloadedError } from '../errors.js';
import { GRAPHQL_PATH } from './graphql-path.js';
import { mayOpenSocket } from './origin-rule.js';
import { secondsOf } from './refusal.js';
import type { TrustedProxies } from './trusted-proxies.js';

/** What is wrong with a request that asks for a WebSocket, as the log says it. */
export type UpgradeFault = 'CONNECTIONS' | 'PATH' | 'METHOD' | 'PROTOCOL' | 'HANDSHAKE' | 'VERSION' | 'ORIGIN' | 'HEADERS_LOST';

/** The statuses of refusals, with the phrases that RFC 9110 gives them. */
export const statusPhrases = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  503: 'Service Unavailable',
} as const;

/** Why a WebSocket is refused, for whoever asked for it. */
export interface UpgradeRefusal {
  fault: UpgradeFault;
  status: keyof typeof statusPhrases;
  code: ErrorCode | 'BAD_REQUEST';
  message: string;
  headers?: Readonly<Record<string, string>>;
  retryAfterMs?: number;
}

/** What a page and its proxies are held to. */
export interface UpgradeRules {
  proxies: TrustedProxies;
  corsOrigins: readonly string[] | '*';
}

/** RFC 9110, section 15.5.22: a 426 names what to change to. */
const SWITCH = { Upgrade: 'websocket' } as const;

/** The opening handshake as RFC 6455, section 4.2.1 has it, and the page that asks for it. */
export function findUpgradeRefusal(request: IncomingMessage, { proxies, corsOrigins }: UpgradeRules): UpgradeRefusal | undefined {
  const { method, url = '', headers } = request;
  // Where Node.js lets no server choose (before 22.21 and 24.9), any other protocol comes here too.
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    const message = `The header Upgrade: expected websocket and nothing else, received ${describe(headers.upgrade)}.`;
    return { fault: 'PROTOCOL', status: 400, code: 'BAD_REQUEST', message };
  }
  if (url.split('?')[0] !== GRAPHQL_PATH) {
    const message = `There is no WebSocket at ${describe(url.split('?')[0])}: expected ${GRAPHQL_PATH}.`;
    return { fault: 'PATH', status: 404, code: 'NOT_FOUND', message };
  }
  if (method !== 'GET') {
    const message = `A WebSocket is opened by GET: received ${method}.`;
    return { fault: 'METHOD', status: 405, code: 'BAD_REQUEST', message, headers: { Allow: 'GET' } };
  }
  const version = headers['sec-websocket-version'];
  if (version !== '13') {
    const message = `The header Sec-WebSocket-Version: expected 13, received ${describe(version)}.`;
    return { fault: 'VERSION', status: 426, code: 'BAD_REQUEST', message, headers: { ...SWITCH, 'Sec-WebSocket-Version': '13' } };
  }
  const key = headers['sec-websocket-key'];
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key)) {
    const message = `The header Sec-WebSocket-Key: expected 16 bytes in base64, received ${describe(key)}.`;
    return { fault: 'HANDSHAKE', status: 400, code: 'BAD_REQUEST', message };
  }
  const hosts = proxies.hostsOf(request);
  if (mayOpenSocket(headers.origin, hosts, corsOrigins)) return undefined;
  const message =
    `The header Origin: expected a page of this server (${hosts.map(describe).join(' or ') || 'no Host'}) or one of CORS_ORIGINS, ` +
    `received ${describe(headers.origin)}. Behind a reverse proxy, let it pass the client's Host on, or name the proxy in ` +
    'TRUSTED_PROXIES and let it send X-Forwarded-Host.';
  return { fault: 'ORIGIN', status: 403, code: 'FORBIDDEN', message };
}

/** What ws itself finds wrong with a handshake. */
export function malformedHandshake({ message }: Error): UpgradeRefusal {
  return { fault: 'HANDSHAKE', status: 400, code: 'BAD_REQUEST', message: `The WebSocket handshake is malformed: ${message}.` };
}

/** For a connection beyond the limit of all. */
export function tooManyConnections({ code, message, retryAfterMs = 0 }: OverloadedError): UpgradeRefusal {
  return { fault: 'CONNECTIONS', status: 503, code, message, headers: { 'Retry-After': secondsOf(retryAfterMs) }, retryAfterMs };
}

/**
 * A handshake that came as a plain request: proxies drop `Upgrade` and `Connection` unless they are told to pass them on. Undefined
 * for any other request.
 */
export function findLostUpgrade({ headers, httpVersion }: IncomingMessage): UpgradeRefusal | undefined {
  if (headers['sec-websocket-key'] === undefined) return undefined;
  const received = `HTTP/${httpVersion} with Upgrade ${describe(headers.upgrade)} and Connection ${describe(headers.connection)}`;
  const message =
    `A WebSocket handshake needs HTTP/1.1 with "Upgrade: websocket" and "Connection: Upgrade", received ${received}. ` +
    'A reverse proxy in front has to pass these two headers on.';
  return { fault: 'HEADERS_LOST', status: 426, code: 'BAD_REQUEST', message, headers: { ...SWITCH, Connection: 'Upgrade' } };
}

/** The body of a refusal, in the form of every other error. */
export function bodyOf({ code, message, retryAfterMs }: UpgradeRefusal): { errors: object[] } {
  return { errors: [{ message, extensions: { code, ...(retryAfterMs !== undefined && { retryAfterMs }) } }] };
}
