/** What a server costs that nobody asks anything: CPU time over 30 s, and memory, without and with connections. */

import { figure, spread, table } from "../figures.ts";
import { cpuNs, residentBytes } from "../machine.ts";
import type { Bench } from "./bench.ts";
import { generate, hold } from "./generator.ts";
import { exchanges } from "./requests.ts";
import { ours, rival, type Server, start } from "./server.ts";

const few = 2_000;
const many = 10_000;
const window_ms = 30_000;
/** Bun collects garbage once a second for half a minute after its heap has grown, which is not what idling costs. */
const collect_ms = 35_000;
/** What opening connections leaves to do. */
const settle_ms = 10_000;
/** Served before memory per connection is measured: what the first requests take is not the connections'. */
const warm_up_requests = 50_000;

export const idle = {
  about: `CPU time over ${window_ms / 1000} s with 0 and ${few} idle connections; memory after start and per connection`,
  async run(bench: Bench) {
    console.log(`\nIdle, all at the same time, ${window_ms / 1000} s each`);
    const exchange = exchanges.json;
    // Longer than this takes: the connections are to stay.
    const asked = await bench.start([ours, rival], { idleSeconds: 240 }, exchange);
    const bare = await start("bare", {}, exchange);
    const all = [bare, ...asked];
    const holdAll = async (count: number) => {
      const held = await Promise.all(asked.map((server) => hold(server, exchange, count)));
      return { close: () => Promise.all(held.map((connections) => connections.close())) };
    };
    try {
      const started = memory(all);
      await Bun.sleep(collect_ms);
      const alone = await watch(bench, all);
      const idlers = await holdAll(few);
      await Bun.sleep(settle_ms);
      const connected = await watch(bench, all);
      await idlers.close();

      for (const server of asked) await generate(server, exchange, { connections: 64, requests: warm_up_requests });
      await Bun.sleep(collect_ms);
      const warm = memory(all);
      const first = await holdAll(few);
      await Bun.sleep(settle_ms);
      const withFew = memory(all);
      const more = await holdAll(many - few);
      await Bun.sleep(settle_ms);
      const withMany = memory(all);
      await Promise.all([first.close(), more.close()]);

      const rows = all.map(({ name }, i) => {
        const [base, some, most] = [warm[i] ?? 0, withFew[i] ?? 0, withMany[i] ?? 0];
        const isAsked = name !== bare.name;
        const row = {
          server: name,
          cpuMs: alone[i] ?? 0,
          cpuMsConnected: connected[i] ?? 0,
          residentMb: (started[i] ?? 0) / 1e6,
          bytesPerConnectionFew: isAsked ? (some - base) / few : Number.NaN,
          bytesPerConnectionMany: isAsked ? (most - base) / many : Number.NaN,
        };
        bench.save(row);
        return row;
      });
      show(rows);
      judge(bench, rows);
    } finally {
      await Promise.all(all.map((server) => server.stop()));
    }
  },
};

type Row = {
  server: string;
  cpuMs: number;
  cpuMsConnected: number;
  residentMb: number;
  bytesPerConnectionFew: number;
  bytesPerConnectionMany: number;
};

function memory(servers: Server[]): number[] {
  return servers.map((server) => residentBytes(server.pid));
}

/** Milliseconds of CPU time that each used. */
async function watch(bench: Bench, servers: Server[]): Promise<number[]> {
  const before = servers.map((server) => cpuNs(server.pid));
  await Bun.sleep(bench.options.ms ?? window_ms);
  return servers.map((server, i) => (cpuNs(server.pid) - (before[i] ?? 0)) / 1e6);
}

function show(rows: Row[]) {
  const header = ["", "CPU ms", `CPU ms, ${few} conn.`, "MB at start", `B/conn. to ${few}`, `B/conn. to ${many}`];
  const cells = rows.map((row) => {
    const { server, ...figures } = row;
    return [server, ...Object.values(figures).map(figure)];
  });
  console.log(table(header, cells));
}

function judge(bench: Bench, rows: Row[]) {
  const bare = rows.find((row) => row.server === "bare");
  const mine = rows.find((row) => row.server === ours);
  if (bare === undefined || mine === undefined) return;
  const one = (value: number) => spread([value]);
  bench.goal("CPU time to bare Bun's, no connections", one(mine.cpuMs / bare.cpuMs), { atMost: 1.2 });
  bench.goal(`CPU time to bare Bun's, ${few} connections`, one(mine.cpuMsConnected / bare.cpuMsConnected), {
    atMost: 1.2,
  });
  bench.goal("MB after start", one(mine.residentMb), { atMost: 75 });
  bench.goal(`bytes per idle connection, ${few}`, one(mine.bytesPerConnectionFew), { atMost: 1024 });
  bench.goal(`bytes per idle connection, ${many}`, one(mine.bytesPerConnectionMany), { atMost: 1024 });
}
