// What the system says about a process. Linux only: other systems have no /proc.
import { readdirSync, readFileSync } from "node:fs";

export const hasProc = process.platform === "linux";

export function descriptors(pid: number | "self"): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

export function threads(pid: number | "self"): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

export function residentBytes(pid: number | "self"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** CPU time of all its threads that still run. */
export function cpuMs(pid: number | "self"): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return ns / 1e6;
}

/** How long this process' main thread could have run but had no core. */
export function queuedMs(): number {
  return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6;
}

/** The hard limit of descriptors, which processes that this one starts have too. */
export function descriptorsMax(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)![1]!;
  return hard === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(hard);
}
