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
  for (const agent of [http, https]) guard(agent, rules);
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

function guard(agent: HttpAgent | HttpsAgent, rules: AddressRules): void {
  const open = agent.createConnection.bind(agent);
  const guarded: Open = (options, callback) => {
    const { host } = options as { host?: string };
    // Sockets do not look up a literal address, so the rules' `lookup` would not see it.
    if (rules.isForbiddenHostname(host ?? '')) throw new AddressRefusedError();
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
