import { makeHooks } from '../load/make-hook.js';
import type { Stage } from './with-stage.js';

/** An organization of which each event goes to all its hooks. */
export interface StagedOrganization {
  id: string;
  hooks: ReadonlyArray<{ id: string; port: number }>;
}

/** How many are made at once. */
const SIDE_BY_SIDE = 8;

/** Makes organizations with `fanOut` hooks each, which answer at once, on both sides: at the servers, and at the receiver with a port for each hook. */
export async function stageOrganizations(stage: Stage, count: number, fanOut: number): Promise<StagedOrganization[]> {
  const organizations: StagedOrganization[] = [];
  while (organizations.length < count) {
    const first = organizations.length + 1;
    const numbers = Array.from({ length: Math.min(SIDE_BY_SIDE, count - organizations.length) }, (_, index) => first + index);
    organizations.push(...(await Promise.all(numbers.map((number) => stageOrganization(stage, `Customer ${number}`, fanOut)))));
  }
  return organizations;
}

async function stageOrganization({ servers, receiver }: Stage, name: string, fanOut: number): Promise<StagedOrganization> {
  const ports: number[] = [];
  while (ports.length < fanOut) ports.push((await receiver.ask('listen', { behaviour: 'answer', mayBeClosed: false })).port);
  const endpoints = ports.map((port) => `http://127.0.0.1:${port}/hook`);
  const { organizationId, hookIds } = await makeHooks(servers[0].api, name, endpoints);
  return { id: organizationId, hooks: hookIds.map((id, index) => ({ id, port: ports[index]! })) };
}
