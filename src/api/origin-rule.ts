/**
 * Whether a page of this origin may open a socket: browsers hold the rules of `CORS_ORIGINS` for requests by themselves, and let any
 * page open a socket to anybody. A page of the server itself may, which GraphiQL is, and so may a program, which has no origin.
 * `hosts` are the names under which the server may have been asked.
 */
export function mayOpenSocket(origin: string | undefined, hosts: readonly string[], corsOrigins: readonly string[] | '*'): boolean {
  if (origin === undefined || corsOrigins === '*' || corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}
