import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { AddressRefusedError } from './address-rules.js';
import { IDLE_CONNECTION_MS, type ConnectionOpener, type OnConnection } from './open-connection.js';

/** The agents of Node's own HTTP client, whose connections are opened by the address rules. */
export interface GuardedAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Closes all their connections. */
  close(): void;
}

export interface GuardedAgentsOptions {
  opener: ConnectionOpener;
  /** For how long connections are kept that nothing goes over; 0 to use none a second time. */
  idleMs?: number;
}

/** Agents that open no connection to a forbidden address: an `AddressRefusedError` comes instead. */
export function createGuardedAgents({ opener, idleMs = IDLE_CONNECTION_MS }: GuardedAgentsOptions): GuardedAgents {
  const options = idleMs === 0 ? { keepAlive: false } : { keepAlive: true, timeout: idleMs };
  const http = new HttpAgent(options);
  const https = new HttpsAgent(options);
  http.createConnection = openBy(opener, 'http:');
  https.createConnection = openBy(opener, 'https:');
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function openBy(opener: ConnectionOpener, protocol: 'http:' | 'https:') {
  return (options: object, callback?: unknown): undefined => {
    const { host = '', port = '', socketPath } = options as { host?: string; port?: number | string; socketPath?: string };
    // A socket of the file system has no address that the rules could judge.
    if (socketPath != null) throw new AddressRefusedError();
    opener.open({ protocol, hostname: host, port: String(port) }, callback as OnConnection);
  };
}
