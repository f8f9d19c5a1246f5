import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export const CORES = cpus().length;
/** Clock ticks of `/proc/stat` in a second; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds of a process by the scheduler's own account of each thread, in nanoseconds; 0 when it is gone. */
export function readCpuSeconds(pid: number | null): number {
  if (pid === null) return 0;
  let ns = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    // A thread, or all of it, has ended.
  }
  return ns / 1e9;
}

/** Resident memory in MB. */
export function readMemoryMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

/** CPU seconds that the whole machine was busy since it started. */
export function readBusySeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}
