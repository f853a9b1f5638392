/** Runs the load generator (generator.zig) on its core; one call is one measured window. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuNs, onCore, residentBytes, systemCpuNs } from "../machine.ts";
import { binaries } from "../tools.ts";
import { type Exchange, piece } from "./requests.ts";
import { expected, type Server } from "./server.ts";

export interface Load {
  connections: number;
  /** Requests sent at once on each connection. */
  depth?: number;
  ms?: number;
  /** Ends after so many requests rather than after a time. */
  requests?: number;
  /** Requests a second, evenly spaced; without it as many as the server answers. */
  rate?: number;
  mode?: "load" | "abort" | "hold" | "events";
}

export interface Window {
  /** Of the machine, what neither server nor load used: whose figures that spoils. */
  othersShare: number;
}

export interface Sample extends Window {
  requests: number;
  perSecond: number;
  cpuUs: number;
  p50Us: number;
  p99Us: number;
}

export interface Transfer {
  /** Whose body is sent, and how. */
  mode: "down" | "up" | "chunked";
  bytes: number;
}

export interface TransferSample extends Window {
  mbPerSecond: number;
  /** Of the server. */
  cpuMsPerGb: number;
  /** Of the server: the most that was seen. */
  residentMb: number;
  /** Of its core, what the load used: near 1 it held the server up. */
  loadShare: number;
}

export interface EventsSample extends Window {
  perSecond: number;
  /** Of the server, per second. */
  cpuMs: number;
  cpuUsPerEvent: number;
  /** Of the clients, the one that got fewest events and the one that got most. */
  least: number;
  most: number;
}

const resident_interval_ms = 20;

let folder: string | undefined;

function command(server: Server, exchange: Exchange, load: object): string[] {
  folder ??= mkdtempSync(join(tmpdir(), "bench-load-"));
  const { status, body } = expected(server, exchange);
  const files = { request: exchange.request, body, piece };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const paths = Object.keys(files).map((name) => [name, join(folder as string, name)]);
  const flags = [["port", server.port], ["status", status], ...paths, ...Object.entries(load)];
  return onCore(1, [`${binaries}/generator`, ...flags.flatMap(([name, value]) => [`--${name}`, `${value}`])]);
}

function spawn(server: Server, exchange: Exchange, load: object) {
  return Bun.spawn(command(server, exchange, load), { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}

/** CPU time from here on: of the server, and of what is neither it nor the load. */
function watch(server: Server) {
  const before = { cpu: cpuNs(server.pid), system: systemCpuNs(), time: Bun.nanoseconds() };
  return (loadNs: number) => {
    const cpu = cpuNs(server.pid) - before.cpu;
    const elapsed = Bun.nanoseconds() - before.time;
    const others = systemCpuNs() - before.system - cpu - loadNs;
    return { cpu, elapsed, othersShare: Math.max(0, others) / (elapsed * navigator.hardwareConcurrency) };
  };
}

/** What the generator says, and the CPU time until it ended: opening and closing the connections too. */
async function runToEnd(server: Server, exchange: Exchange, load: object) {
  const end = watch(server);
  const child = spawn(server, exchange, load);
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${server.name}: the load ended early`);
  const loadNs = Number(child.resourceUsage()?.cpuTime.total ?? 0) * 1000;
  return { said: JSON.parse(text), loadNs, ...end(loadNs) };
}

export async function generate(server: Server, exchange: Exchange, load: Load): Promise<Sample> {
  const { said, cpu, othersShare } = await runToEnd(server, exchange, load);
  const { requests, per_second, p50_us, p99_us } = said;
  const figures = { requests, perSecond: per_second, p50Us: p50_us, p99Us: p99_us };
  return { ...figures, cpuUs: cpu / 1000 / requests, othersShare };
}

/** One body of `bytes`, which is `piece` again and again. */
export async function transfer(server: Server, exchange: Exchange, load: Transfer): Promise<TransferSample> {
  let resident = 0;
  const look = () => {
    resident = Math.max(resident, residentBytes(server.pid));
  };
  const timer = setInterval(look, resident_interval_ms);
  try {
    const { said, loadNs, cpu, othersShare } = await runToEnd(server, exchange, load);
    look();
    return {
      mbPerSecond: load.bytes / 1e6 / said.seconds,
      cpuMsPerGb: cpu / 1e6 / (load.bytes / 1e9),
      residentMb: resident / 1e6,
      loadShare: loadNs / 1e9 / said.seconds,
      othersShare,
    };
  } finally {
    clearInterval(timer);
  }
}

/** Listeners to server-sent events, measured while all of them get some. */
export async function listen(
  server: Server,
  exchange: Exchange,
  connections: number,
  ms: number,
): Promise<EventsSample> {
  const child = spawn(server, exchange, { mode: "events", connections, ms });
  const lines = linesOf(child.stdout);
  if ((await lines.next()).value !== "ready") throw new Error(`${server.name}: no events for ${connections} clients`);
  const end = watch(server);
  const loadBefore = cpuNs(child.pid);
  const { value: line } = await lines.next();
  if (line === undefined) throw new Error(`${server.name}: the load ended early`);
  const { cpu, elapsed, othersShare } = end(cpuNs(child.pid) - loadBefore);
  child.stdin.end();
  await child.exited;
  const { events, seconds, least, most } = JSON.parse(line);
  const figures = {
    perSecond: events / seconds,
    cpuMs: cpu / 1e6 / (elapsed / 1e9),
    cpuUsPerEvent: cpu / 1e3 / events,
  };
  return { ...figures, least, most, othersShare };
}

/** Opens connections, sends one request on each, and keeps them until `close`. */
export async function hold(server: Server, exchange: Exchange, connections: number) {
  const child = spawn(server, exchange, { connections, mode: "hold" });
  const { done } = await linesOf(child.stdout).next();
  if (done) throw new Error(`${server.name}: ${connections} connections could not be opened`);
  return {
    async close() {
      child.stdin.end();
      await child.exited;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
