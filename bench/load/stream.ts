/** Bodies of 1 GB, down and up: how quick they are and how much memory they take. */
import { figure, spread, table, withSpread } from "../figures.ts";
import { residentBytesPeak } from "../machine.ts";
import { type Bench, valuesOf } from "./bench.ts";
import { type Transfer, transfer } from "./generator.ts";
import { exchanges, largeBytes } from "./requests.ts";
import { ours, rival } from "./server.ts";

const rounds_default = 9;
const peak_mb_max = 150;
/** Of its core; above it the load may be what is measured. */
const load_share_max = 0.9;

interface Case {
  title: string;
  mode: Transfer["mode"];
  exchange: keyof typeof exchanges;
}

const cases: Case[] = [
  { title: "down, a ReadableStream", mode: "down", exchange: "downStream" },
  { title: "down, an async generator", mode: "down", exchange: "downGenerator" },
  { title: "up, with Content-Length", mode: "up", exchange: "upLength" },
  { title: "up, chunked", mode: "chunked", exchange: "upChunked" },
];

export const stream = {
  about: "1 GB down from a stream and a generator, 1 GB up with a length and chunked: MB/s and peak memory",
  async run(bench: Bench) {
    for (const each of cases) await transfers(bench, each);
  },
};

async function transfers(bench: Bench, { title, mode, exchange }: Case) {
  console.log(`\n1 GB ${title}`);
  const servers = await bench.start([ours, rival], {}, mode === "down" ? exchanges.json : exchanges.upPiece);
  try {
    const load = { mode, bytes: largeBytes };
    const samples = await bench.rounds(servers, bench.options.rounds ?? rounds_default, (server) =>
      transfer(server, exchanges[exchange], load),
    );
    const peakMb = new Map(servers.map(({ name, pid }) => [name, residentBytesPeak(pid) / 1e6]));
    const rows = [...samples].map(([server, list]) => {
      bench.save({ case: title, server, ...load, peakMb: peakMb.get(server), samples: list });
      const busy = valuesOf(list, "loadShare").median;
      if (busy > load_share_max) bench.say(`the load was at work ${figure(busy * 100)} % of ${server}'s time`);
      return [
        server,
        withSpread(valuesOf(list, "mbPerSecond")),
        withSpread(valuesOf(list, "cpuMsPerGb")),
        withSpread(valuesOf(list, "residentMb")),
        figure(peakMb.get(server) ?? Number.NaN),
        figure(busy * 100),
      ];
    });
    console.log(table(["", "MB/s", "CPU ms per GB", "MB resident", "peak MB", "load's core, %"], rows));
    const mine = peakMb.get(ours);
    if (mine !== undefined) bench.goal(`peak MB, ${title}`, spread([mine]), { atMost: peak_mb_max });
    bench.goal(`MB/s to Bun.serve's, ${title}`, bench.relate(samples, "mbPerSecond"), { atLeast: 1 });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
