/** What is around a handler, or in it, by what a request costs more than without: routes of one process, in turn. */
import { figure, spread, table, withSpread } from "../figures.ts";
import { type Bench, valuesOf } from "./bench.ts";
import { generate } from "./generator.ts";
import { exchanges } from "./requests.ts";
import { checkAnswer } from "./server.ts";

const load = { connections: 8, depth: 16 };
const ms_default = 1000;
const rounds_default = 9;

const cases = [
  { name: "handler", exchange: exchanges.noMiddleware },
  { name: "under three middlewares", exchange: exchanges.threeMiddleware, moreUs: 0.3 },
  { name: "async handler", exchange: exchanges.async, moreUs: 0.6 },
];

export const layers = {
  about: "16-deep pipelining, one process: a handler, the same under three middlewares, and one that awaits",
  async run(bench: Bench) {
    console.log("\nLayers, 16-deep pipelining, routes of one process");
    const [server] = await bench.start(["layers"], {}, exchanges.noMiddleware);
    if (server === undefined) return;
    try {
      for (const { exchange } of cases) await checkAnswer(server, exchange);
      const routes = cases.map(({ name }) => ({ ...server, name }));
      const ms = bench.options.ms ?? ms_default;
      const samples = await bench.rounds(routes, bench.options.rounds ?? rounds_default, (route) => {
        const { exchange } = cases.find(({ name }) => name === route.name) ?? cases[0]!;
        return generate(route, exchange, { ...load, ms });
      });

      const cpu = (name: string) => samples.get(name)?.map((sample) => sample.cpuUs) ?? [];
      const base = cpu("handler");
      const more = (name: string) => spread(cpu(name).map((value, round) => value - (base[round] ?? Number.NaN)));
      const rows = [...samples].map(([name, list]) => {
        bench.save({ case: name, server: server.name, ...load, ms, samples: list });
        const { median } = valuesOf(list, "perSecond");
        return [name, withSpread(valuesOf(list, "cpuUs")), withSpread(more(name)), figure(median)];
      });
      console.log(table(["", "CPU µs per request", "more µs", "requests/s"], rows));
      for (const { name, moreUs } of cases) {
        if (moreUs !== undefined) bench.goal(`more CPU µs per request, ${name}`, more(name), { atMost: moreUs });
      }
    } finally {
      await server.stop();
    }
  },
};
