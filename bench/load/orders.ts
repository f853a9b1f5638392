/** What a body with a schema costs, small, large and refused, beside frameworks that check bodies too. */
import { spread } from "../figures.ts";
import type { Bench } from "./bench.ts";
import { compareCosts, ownCosts } from "./own.ts";
import type { ExchangeName } from "./requests.ts";
import { ours, peers, rival } from "./server.ts";

const refused_us_max = 1.5;
/** Our own cost to another's, at most. */
const wanted = [
  { other: rival, most: 0.5 },
  { other: "elysia", most: 1 / 4 },
  { other: "fastify", most: 1 / 10 },
];

const cases: [ExchangeName, string][] = [
  ["order", "186 B"],
  ["orderRefused", "186 B, one member of which is wrong"],
  ["orderMiddle", "6.6 KB"],
  ["orderLarge", "100 KB"],
];

export const orders = {
  about:
    "POST /orders with a schema, of 186 B, 6.6 KB and 100 KB, and refused: own cost beside Elysia, Fastify and Hono",
  async run(bench: Bench) {
    const names = [...new Set([...bench.names, ...peers])];
    for (const [name, title] of cases) {
      const costs = await ownCosts(bench, name, `POST /orders, ${title}`, names);
      for (const { other, most } of wanted) {
        if (name === "order") compareCosts(bench, costs, other, most);
      }
      const mine = costs.get(ours);
      if (name === "orderRefused" && mine !== undefined) {
        bench.goal("own µs of a body that is refused", spread(mine), { atMost: refused_us_max });
      }
    }
  },
};
