/** What the operating system says about this machine and its processes. Linux only. */
import { dlopen } from "bun:ffi";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

const library = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "buffer"], returns: "i32" } });
const time = new BigInt64Array(2);

/**
 * CPU time of a process so far: all of its threads, those that ended too. It is the sum of the first fields of
 * `/proc/PID/task/*\/schedstat`, to which the kernel adds what ended threads had used.
 */
export function cpuNs(pid: number): number {
  const clock = (~pid << 3) | 2;
  if (library.symbols.clock_gettime(clock, time) !== 0) throw new Error(`process ${pid} has no CPU clock: it ended`);
  return Number((time[0] ?? 0n) * 1_000_000_000n + (time[1] ?? 0n));
}

export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The most that the process ever had. */
export function residentBytesPeak(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

function statusBytes(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no resident memory: it ended`);
  return Number(kilobytes) * 1024;
}

/** CPU time that all processes together have used, and what the host took away. */
export function systemCpuNs(): number {
  const ticks = readFileSync("/proc/stat", "utf8").split("\n")[0]?.split(/ +/).slice(1).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = ticks;
  return (user + nice + system + steal) * 10_000_000;
}

const taskset = cpus().length > 1 ? Bun.which("taskset") : null;

/** A command that stays on one core: 0 is the server's, 1 the load's. */
export function onCore(core: 0 | 1, command: string[]): string[] {
  return taskset === null ? command : [taskset, "-c", String(core), ...command];
}

export function describeMachine() {
  const list = cpus();
  return {
    cpu: list[0]?.model.trim() ?? "unknown",
    cores: list.length,
    kernel: readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
    bun: Bun.version,
    pinned: taskset !== null,
    /** Over 0.2 somebody else is at work. */
    load: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
  };
}
