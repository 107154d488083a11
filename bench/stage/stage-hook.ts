import { type BenchHook, makeHook } from '../load/make-hook.js';
import type { Behaviour } from './receiver-commands.js';
import type { Stage } from './with-stage.js';

/** A hook with the port where the receiver takes its requests. */
export interface StagedHook extends BenchHook {
  port: number;
}

/** Makes a hook on both sides: at the server, and at the receiver with a port of its own, as another customer's server has another address. */
export async function stageHook(
  { servers, receiver }: Stage,
  { name, behaviour, mayBeClosed = false }: { name: string; behaviour: Behaviour; mayBeClosed?: boolean },
): Promise<StagedHook> {
  const { port } = await receiver.ask('listen', { behaviour, mayBeClosed });
  return { port, ...(await makeHook(servers[0].api, name, `http://127.0.0.1:${port}/hook`)) };
}
