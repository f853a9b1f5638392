/** What a server costs above the kernel's part: CPU per request less the floor's, at the same rate, without spinning. */
import { figure, overlap, ratio, spread, table, withSpread } from "../figures.ts";
import { type Bench, type Samples, valuesOf } from "./bench.ts";
import { generate } from "./generator.ts";
import { exchanges } from "./requests.ts";
import { floor, ours, rival } from "./server.ts";

const connections = 64;
const load_share = 0.6;
const rounds_default = 7;

export const own = {
  about: "64 connections at 60 % of the slowest server's rate: CPU per request above the floor's",
  async run(bench: Bench) {
    await ownCost(bench, "json", "GET /json");
    await ownCost(bench, "param", "GET /users/12345");
    await ownCost(bench, "order", "POST /orders, checked by a schema");
  },
};

async function ownCost(bench: Bench, name: "json" | "param" | "order", title: string) {
  console.log(`\nOwn cost, ${title}`);
  const exchange = exchanges[name];
  const servers = await bench.start(bench.names, { spinUs: 0 }, exchange);
  try {
    const ms = bench.options.ms ?? 1500;
    const full = await bench.rounds(servers, 3, (server) => generate(server, exchange, { connections, ms }));
    const slowest = Math.min(...[...full.values()].map((list) => valuesOf(list, "perSecond").median));
    const rate = Math.round(slowest * load_share);
    console.log(`  at ${figure(rate)} requests/s, ${load_share * 100} % of the slowest's ${figure(slowest)}`);

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
    show(bench, samples);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function show(bench: Bench, samples: Samples) {
  const cpu = (server: string) => samples.get(server)?.map((sample) => sample.cpuUs) ?? [];
  const base = cpu(floor);
  const above = (server: string) => cpu(server).map((value, round) => value - (base[round] ?? Number.NaN));
  const rows = [...samples].map(([server, list]) => [
    server,
    withSpread(valuesOf(list, "cpuUs")),
    server === floor ? "0" : withSpread(spread(above(server))),
    figure(valuesOf(list, "p50Us").median),
    figure(valuesOf(list, "p99Us").median),
  ]);
  console.log(table(["", "CPU µs per request", "own µs", "p50 µs", "p99 µs"], rows));
  if (base.length === 0 || !samples.has(ours) || !samples.has(rival)) return;
  if (overlap(spread(above(ours)), spread(above(rival)))) console.log("  a tie: the spreads overlap");
  bench.goal("own cost to Bun.serve's", ratio(above(ours), above(rival)), { atMost: 0.5 });
}
