import { cpus, totalmem } from 'node:os';

/** Where figures were measured; those of two machines don't compare. */
export interface Machine {
  platform: string;
  cpuModel: string;
  coreCount: number;
  memoryBytes: number;
  nodeVersion: string;
}

export function readMachine(): Machine {
  const cores = cpus();
  return {
    platform: `${process.platform} ${process.arch}`,
    cpuModel: cores[0]?.model.trim() ?? 'unknown',
    coreCount: cores.length,
    memoryBytes: totalmem(),
    nodeVersion: process.version,
  };
}

/** The machine in a line. */
export function describeMachine({ platform, cpuModel, coreCount, memoryBytes, nodeVersion }: Machine): string {
  return `${coreCount} cores (${cpuModel}), ${Math.round(memoryBytes / 2 ** 30)} GiB, ${platform}, Node.js ${nodeVersion}`;
}
