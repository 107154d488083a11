import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open a socket: browsers hold the rules of `CORS_ORIGINS` for requests by themselves, and let any
 * page open a socket to anybody. A page of the server itself may, which GraphiQL is, and so may a program, which has no origin.
 */
export function mayOpenSocket({ origin, host }: IncomingHttpHeaders, corsOrigins: readonly string[] | '*'): boolean {
  if (origin === undefined || corsOrigins === '*' || corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
