import { readFile } from 'node:fs/promises';

/** What a process holds of the machine's memory, in bytes. */
export interface ResidentMemory {
  nowBytes: number;
  /** The most it ever held. */
  peakBytes: number;
}

/** Reads it from Linux's `/proc`; null on other systems. */
export async function readResidentMemory(pid: number): Promise<ResidentMemory | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bytesOf = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  };
  const [nowBytes, peakBytes] = [bytesOf('VmRSS'), bytesOf('VmHWM')];
  return nowBytes === null || peakBytes === null ? null : { nowBytes, peakBytes };
}
