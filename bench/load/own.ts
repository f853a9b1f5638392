/** What a server costs above the kernel's part: CPU per request less the floor's, at the same rate, without spinning. */
import { figure, overlap, ratio, type Spread, spread, table, withSpread } from "../figures.ts";
import { type Bench, type Samples, valuesOf } from "./bench.ts";
import { generate } from "./generator.ts";
import { type ExchangeName, exchanges } from "./requests.ts";
import { floor, ours, rival } from "./server.ts";

const connections = 64;
const load_share = 0.6;
const rounds_default = 7;

export const own = {
  about: "64 connections at 60 % of the slowest server's rate: CPU per request above the floor's",
  async run(bench: Bench) {
    for (const [name, title] of [
      ["json", "GET /json"],
      ["param", "GET /users/12345"],
      ["order", "POST /orders, checked by a schema"],
    ] as const) {
      const costs = await ownCosts(bench, name, title, bench.names);
      compareCosts(bench, costs, rival, 0.5);
    }
  },
};

/** Of each server, round by round. */
export type Costs = Map<string, number[]>;

export async function ownCosts(bench: Bench, name: ExchangeName, title: string, names: string[]): Promise<Costs> {
  console.log(`\nOwn cost, ${title}`);
  const exchange = exchanges[name];
  const servers = await bench.start(names, { spinUs: 0 }, exchange);
  try {
    const ms = bench.options.ms ?? 1500;
    const full = await bench.rounds(servers, 3, (server) => generate(server, exchange, { connections, ms }));
    const most = [...full].map(([server, list]) => [server, valuesOf(list, "perSecond").median] as const);
    const slowest = most.reduce((a, b) => (b[1] < a[1] ? b : a));
    const rate = Math.round(slowest[1] * load_share);
    console.log(`  at most ${most.map(([server, rate]) => `${figure(rate)} (${server})`).join(", ")} requests/s`);
    console.log(`  at ${figure(rate)} requests/s, ${load_share * 100} % of what ${slowest[0]} can`);

    const count = bench.options.rounds ?? rounds_default;
    const samples = await bench.rounds(servers, count, (server) =>
      generate(server, exchange, { connections, rate, ms }),
    );
    for (const [server, list] of samples) {
      const kept = valuesOf(list, "perSecond").min;
      if (kept < rate * 0.98)
        bench.say(`${server} or the generator fell behind: ${figure(kept)} requests/s in one round`);
      bench.save({ case: name, server, connections, rate, ms, samples: list });
    }
    return show(samples);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function show(samples: Samples): Costs {
  const cpu = (server: string) => samples.get(server)?.map((sample) => sample.cpuUs) ?? [];
  const base = cpu(floor);
  const costs: Costs = new Map();
  for (const server of samples.keys()) {
    if (server === floor) continue;
    costs.set(
      server,
      cpu(server).map((value, round) => value - (base[round] ?? Number.NaN)),
    );
  }
  const rows = [...samples].map(([server, list]) => [
    server,
    withSpread(valuesOf(list, "cpuUs")),
    withSpread(spread(costs.get(server) ?? [0])),
    figure(valuesOf(list, "p50Us").median),
    figure(valuesOf(list, "p99Us").median),
  ]);
  console.log(table(["", "CPU µs per request", "own µs", "p50 µs", "p99 µs"], rows));
  return costs;
}

/** Our own cost to another's; nothing where one of them is missing. */
export function compareCosts(bench: Bench, costs: Costs, other: string, atMost: number): Spread | undefined {
  const [mine, theirs] = [costs.get(ours), costs.get(other)];
  if (mine === undefined || theirs === undefined) return undefined;
  if (overlap(spread(mine), spread(theirs))) console.log("  a tie: the spreads overlap");
  const value = ratio(mine, theirs);
  bench.goal(`own cost to ${other === rival ? "Bun.serve" : other}'s`, value, { atMost });
  return value;
}
