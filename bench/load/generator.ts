/** Runs the load generator (generator.zig) on its core; one call is one measured window. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuNs, onCore, systemCpuNs } from "../machine.ts";
import { binaries } from "../tools.ts";
import type { Exchange } from "./requests.ts";
import { expectedBody, type Server } from "./server.ts";

export interface Load {
  connections: number;
  /** Requests sent at once on each connection. */
  depth?: number;
  ms?: number;
  /** Ends after so many requests rather than after a time. */
  requests?: number;
  /** Requests a second, evenly spaced; without it as many as the server answers. */
  rate?: number;
  mode?: "load" | "abort" | "hold";
}

export interface Sample {
  requests: number;
  perSecond: number;
  cpuUs: number;
  p50Us: number;
  p99Us: number;
  /** Of the machine, what neither server nor load used: whose figures that spoils. */
  othersShare: number;
}

let folder: string | undefined;

function command(server: Server, exchange: Exchange, load: Load): string[] {
  folder ??= mkdtempSync(join(tmpdir(), "bench-load-"));
  const request = join(folder, "request");
  const body = join(folder, "body");
  writeFileSync(request, exchange.request);
  writeFileSync(body, expectedBody(server.name, exchange));
  const flags = { port: server.port, request, body, ...load };
  return onCore(1, [
    `${binaries}/generator`,
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]),
  ]);
}

function parse(line: string) {
  const { requests, per_second, p50_us, p99_us } = JSON.parse(line);
  return { requests, perSecond: per_second, p50Us: p50_us, p99Us: p99_us };
}

/** CPU time covers opening and closing the connections too. */
export async function generate(server: Server, exchange: Exchange, load: Load): Promise<Sample> {
  const before = { cpu: cpuNs(server.pid), system: systemCpuNs(), time: Bun.nanoseconds() };
  const child = Bun.spawn(command(server, exchange, load), { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const text = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${server.name}: the load ended early`);
  const cpu = cpuNs(server.pid) - before.cpu;
  const elapsed = Bun.nanoseconds() - before.time;
  const own = cpu + Number(child.resourceUsage()?.cpuTime.total ?? 0) * 1000;
  const othersShare = Math.max(0, systemCpuNs() - before.system - own) / (elapsed * navigator.hardwareConcurrency);
  const result = parse(text);
  return { ...result, cpuUs: cpu / 1000 / result.requests, othersShare };
}

/** Opens connections, sends one request on each, and keeps them until `close`. */
export async function hold(server: Server, exchange: Exchange, connections: number) {
  const child = Bun.spawn(command(server, exchange, { connections, mode: "hold" }), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  if ((await reader.read()).done) throw new Error(`${server.name}: ${connections} connections could not be opened`);
  return {
    async close() {
      child.stdin.end();
      await child.exited;
    },
  };
}
