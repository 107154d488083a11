import { readCpuSeconds, readFamilyCpuSeconds } from './cpu-time.js';
import type { Stage } from './with-stage.js';

/** How many seconds of a core each part has worked; null where the system does not tell, and for a database within the server. */
export interface CpuWork {
  servers: number | null;
  database: number | null;
  receiver: number | null;
  generator: number | null;
}

export async function readCpuWork({ servers, database: { host }, receiver }: Stage): Promise<CpuWork> {
  const [byServers, byDatabase, byReceiver, byGenerator] = await Promise.all([
    readCpuSeconds(servers.map(({ pid }) => pid)),
    host === null ? null : readFamilyCpuSeconds(host.pid),
    readCpuSeconds([receiver.pid]),
    readCpuSeconds([process.pid]),
  ]);
  return { servers: byServers, database: byDatabase, receiver: byReceiver, generator: byGenerator };
}

/** What was worked between two readings for 1,000 deliveries. */
export function cpuPerThousand(before: CpuWork, after: CpuWork, deliveryCount: number): CpuWork {
  const of = (part: keyof CpuWork) => {
    const [start, end] = [before[part], after[part]];
    return start === null || end === null ? null : ((end - start) * 1000) / deliveryCount;
  };
  return { servers: of('servers'), database: of('database'), receiver: of('receiver'), generator: of('generator') };
}
