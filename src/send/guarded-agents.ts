import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { AddressRefusedError, type AddressRules } from './address-rules.js';

/** The agents of Node's own HTTP client, bound to the address rules. */
export interface GuardedAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Closes all their connections. */
  close(): void;
}

type Open = (options: object, callback?: (error: Error | null, stream: Duplex) => void) => Duplex | null | undefined;

/** Agents that keep connections alive and open none to a forbidden address: an `AddressRefusedError` comes instead. */
export function createGuardedAgents(rules: AddressRules): GuardedAgents {
  const http = new HttpAgent({ keepAlive: true, lookup: rules.lookup });
  const https = new HttpsAgent({ keepAlive: true, lookup: rules.lookup });
  guard(http, 'http:', rules);
  guard(https, 'https:', rules);
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function guard(agent: HttpAgent | HttpsAgent, protocol: 'http:' | 'https:', rules: AddressRules): void {
  const open = agent.createConnection.bind(agent);
  const guarded: Open = (options, callback) => {
    const { host = '', port = '', socketPath } = options as { host?: string; port?: number | string; socketPath?: string };
    const isForbidden = rules.findRefusal({ protocol, hostname: host, port: String(port) }) !== undefined;
    // A socket of the file system has no address that the rules could judge.
    if (isForbidden || socketPath != null) throw new AddressRefusedError();
    const stream = open(options, callback);
    if (stream instanceof Socket) {
      stream.once('connect', () => {
        if (rules.isForbiddenAddress(stream.remoteAddress ?? '')) stream.destroy(new AddressRefusedError());
      });
    }
    return stream;
  };
  agent.createConnection = guarded;
}
