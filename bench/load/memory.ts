/** Whether memory grows with the number of requests: resident size after 100,000 and after 1,000,000. */

import { figure, spread, table } from "../figures.ts";
import { residentBytes } from "../machine.ts";
import type { Bench } from "./bench.ts";
import { generate, type Load } from "./generator.ts";
import { exchanges } from "./requests.ts";
import { ours, rival } from "./server.ts";

const first = 100_000;
const last = 1_000_000;
const settle_ms = 1_000;
const growth_mb_max = 5;

const cases: { name: string; exchange: keyof typeof exchanges; load: Load }[] = [
  { name: "GET /json", exchange: "json", load: { connections: 64 } },
  { name: "POST of 10 KB", exchange: "post", load: { connections: 64 } },
  { name: "aborted POST of 10 KB", exchange: "post", load: { connections: 1, mode: "abort" } },
];

export const memory = {
  about: "resident memory after 100,000 and after 1,000,000 requests: GET, POST of 10 KB, aborted",
  async run(bench: Bench) {
    console.log("\nResident memory, MB");
    const rows: string[][] = [];
    const growth = new Map<string, number>();
    for (const { name, exchange: exchangeName, load } of cases) {
      const exchange = exchanges[exchangeName];
      for (const server of await bench.start([ours, rival], {}, exchange)) {
        const sizes: number[] = [];
        for (const requests of [0, first, last - first]) {
          if (requests > 0) await generate(server, exchange, { ...load, requests });
          await Bun.sleep(settle_ms);
          sizes.push(residentBytes(server.pid) / 1e6);
        }
        await server.stop();
        const [start = 0, early = 0, late = 0] = sizes;
        rows.push([server.name, name, ...[start, early, late, late - early].map(figure)]);
        bench.save({ case: name, server: server.name, startMb: start, earlyMb: early, lateMb: late });
        if (server.name === ours) growth.set(name, late - early);
      }
    }
    console.log(table(["", "", "start", "100,000", "1,000,000", "growth"], rows));
    for (const [name, mb] of growth) bench.goal(`MB of growth, ${name}`, spread([mb]), { atMost: growth_mb_max });
  },
};
