import { readFile } from 'node:fs/promises';

/** How long the machine's cores have worked since its start, in ticks of the system's clock. */
export interface CpuTime {
  /** All cores, idle time included. */
  allTicks: number;
  /** For others than the processes in question, the time that a hypervisor kept for itself included. */
  othersTicks: number;
}

/** Reads Linux's `/proc`, apart from the work that `pids` have done; null on other systems. */
export async function readCpuTime(pids: readonly number[]): Promise<CpuTime | null> {
  try {
    const [machine, ...processes] = await Promise.all(
      ['/proc/stat', ...pids.map((pid) => `/proc/${pid}/stat`)].map((file) => readFile(file, 'utf8')),
    );
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice already.
    const ticks = /^cpu +(.*)$/m.exec(machine!)![1]!.split(' ').slice(0, 8).map(Number);
    const allTicks = ticks.reduce((sum, each) => sum + each, 0);
    const idleTicks = ticks[3]! + ticks[4]!;
    const ownTicks = processes.map(ticksOf).reduce((sum, each) => sum + each, 0);
    return { allTicks, othersTicks: allTicks - idleTicks - ownTicks };
  } catch {
    return null;
  }
}

/** The share of the machine's time between two readings that went to others, from 0 to 1; null where it is not known. */
export function othersShare(before: CpuTime | null, after: CpuTime | null): number | null {
  if (before === null || after === null || after.allTicks <= before.allTicks) return null;
  const share = (after.othersTicks - before.othersTicks) / (after.allTicks - before.allTicks);
  return Math.min(Math.max(share, 0), 1);
}

/** User and system time, the 14th and 15th field; the second, the name, is in brackets and may hold anything. */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
