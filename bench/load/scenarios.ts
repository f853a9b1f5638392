/** All scenarios by name, in the order in which they run. */
import type { Bench, Samples } from "./bench.ts";
import { idle } from "./idle.ts";
import { layers } from "./layers.ts";
import { memory } from "./memory.ts";
import { orders } from "./orders.ts";
import { own } from "./own.ts";
import { sse } from "./sse.ts";
import { stream } from "./stream.ts";

export interface Scenario {
  about: string;
  run(bench: Bench): Promise<void>;
}

/** `connections` that each wait for their answer. */
function closed(connections: number, judge?: (bench: Bench, samples: Samples) => void) {
  return {
    about: `${connections} connection${connections > 1 ? "s" : ""}, a handler that returns an object`,
    async run(bench: Bench) {
      const title = `${connections} connection${connections > 1 ? "s" : ""}, GET /json`;
      const samples = await bench.compare(title, "json", { connections });
      judge?.(bench, samples);
    },
  };
}

export const scenarios: Record<string, Scenario> = {
  pipeline: {
    about: "8 connections, 16 requests at once on each: a handler that returns an object; a constant",
    async run(bench) {
      const load = { connections: 8, depth: 16 };
      const handler = await bench.compare("16-deep pipelining, GET /json (a handler)", "json", load);
      bench.goal("handler, requests/s to Bun.serve's", bench.relate(handler, "perSecond"), { atLeast: 6 });
      const constant = await bench.compare("16-deep pipelining, GET / (a constant)", "constant", load);
      bench.goal("constant, requests/s to Bun.serve's", bench.relate(constant, "perSecond"), { atLeast: 1.1 });
    },
  },
  c1: closed(1, (bench, samples) => {
    bench.goal("requests/s to Bun.serve's", bench.relate(samples, "perSecond"), { atLeast: 2 });
    bench.goal("CPU per request to Bun.serve's", bench.relate(samples, "cpuUs"), { atMost: 1 });
  }),
  c8: closed(8, (bench, samples) => {
    bench.goal("requests/s to Bun.serve's", bench.relate(samples, "perSecond"), { atLeast: 1.05 });
  }),
  c64: closed(64),
  paced: {
    about: "1,000 evenly spaced requests a second on 8 connections",
    async run(bench) {
      const samples = await bench.compare("1,000 evenly spaced requests a second, GET /json", "json", {
        connections: 8,
        rate: 1000,
        ms: 3000,
      });
      bench.goal("CPU per request to Bun.serve's", bench.relate(samples, "cpuUs"), { atMost: 1.2 });
    },
  },
  own,
  orders,
  layers,
  stream,
  sse,
  idle,
  memory,
};
