import { readdir, readFile } from 'node:fs/promises';

/** How long the machine's cores have worked since its start, in ticks of the system's clock. */
export interface CpuTime {
  /** All cores, idle time included. */
  allTicks: number;
  /** For others than the processes in question, the time that a hypervisor kept for itself included. */
  othersTicks: number;
}

/** Of the system's clock, as programs see it; the kernel's own may be another. */
const TICKS_PER_SECOND = 100;

/** Reads Linux's `/proc`, apart from the work that `pids` have done, and `parentPid` with its children; null on other systems. */
export async function readCpuTime(pids: readonly number[], parentPid?: number): Promise<CpuTime | null> {
  try {
    const machine = await readFile('/proc/stat', 'utf8');
    const works = await Promise.all([
      ...pids.map(async (pid) => (await readWork(pid)).ownTicks),
      parentPid === undefined ? 0 : readFamilyTicks(parentPid),
    ]);
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice already.
    const ticks = /^cpu +(.*)$/m.exec(machine)![1]!.split(' ').slice(0, 8).map(Number);
    const allTicks = sumOf(ticks);
    const idleTicks = ticks[3]! + ticks[4]!;
    return { allTicks, othersTicks: allTicks - idleTicks - sumOf(works) };
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

/** How many seconds of a core the processes have worked; null where the system does not tell. */
export async function readCpuSeconds(pids: readonly number[]): Promise<number | null> {
  try {
    return sumOf((await Promise.all(pids.map(readWork))).map(({ ownTicks }) => ownTicks)) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}

/** The same for a process and all that it has started, what has ended included. */
export async function readFamilyCpuSeconds(pid: number): Promise<number | null> {
  return readFamilyTicks(pid).then(
    (ticks) => ticks / TICKS_PER_SECOND,
    () => null,
  );
}

async function readFamilyTicks(pid: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  // Others end while they are read.
  const works = await Promise.all(pids.map((each) => readWork(each).catch(() => null)));
  const parent = await readWork(pid);
  return parent.ownTicks + parent.endedTicks + sumOf(works.map((work) => (work?.parentPid === pid ? work.ownTicks : 0)));
}

interface Work {
  parentPid: number;
  ownTicks: number;
  /** Of its children that have ended. */
  endedTicks: number;
}

/** From the fourth, and the 14th to the 17th field, user and system time; the second, the name, is in brackets and may hold anything. */
async function readWork(pid: number): Promise<Work> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const of = (...indexes: number[]) => sumOf(indexes.map((index) => Number(fields[index])));
  return { parentPid: of(1), ownTicks: of(11, 12), endedTicks: of(13, 14) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0);
}
