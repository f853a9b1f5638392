/** Server-sent events: what a thousand clients cost that get ten a second each. */
import { figure, table, withSpread } from "../figures.ts";
import { type Bench, valuesOf } from "./bench.ts";
import { listen } from "./generator.ts";
import { exchanges } from "./requests.ts";
import { ours, rival } from "./server.ts";

const clients = 1_000;
const ms_default = 3000;
const rounds_default = 5;

export const sse = {
  about: `${clients} clients that get 10 events a second each, from a timer each and from one for all`,
  async run(bench: Bench) {
    await eventsOf(bench, "events", "a timer for each");
    await eventsOf(bench, "broadcast", "one timer for all");
  },
};

async function eventsOf(bench: Bench, name: "events" | "broadcast", title: string) {
  console.log(`\n${figure(clients)} clients, 10 events a second each, ${title}`);
  const servers = await bench.start([ours, rival], { idleSeconds: 0 }, exchanges.json);
  try {
    const ms = bench.options.ms ?? ms_default;
    const samples = await bench.rounds(servers, bench.options.rounds ?? rounds_default, (server) =>
      listen(server, exchanges[name], clients, ms),
    );
    const rows = [...samples].map(([server, list]) => {
      bench.save({ case: name, server, connections: clients, ms, samples: list });
      const counts = `${Math.min(...list.map(({ least }) => least))}..${Math.max(...list.map(({ most }) => most))}`;
      return [
        server,
        withSpread(valuesOf(list, "cpuMs")),
        withSpread(valuesOf(list, "cpuUsPerEvent")),
        withSpread(valuesOf(list, "perSecond")),
        counts,
      ];
    });
    console.log(table(["", "CPU ms per second", "CPU µs per event", "events/s", "per client"], rows));
    bench.goal(`CPU per second to Bun.serve's, ${title}`, bench.relate(samples, "cpuMs"), { atMost: 1 });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
