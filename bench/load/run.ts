/** Servers side by side: `bun bench/load/run.ts [scenario…] [--rounds N] [--ms N] [--peers a,b|all] [--save]`. */
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { buildTools } from "../tools.ts";
import { Bench, type BenchOptions } from "./bench.ts";
import { scenarios } from "./scenarios.ts";
import { peers } from "./server.ts";

export async function runLoad(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: "string" },
      ms: { type: "string" },
      peers: { type: "string", default: "" },
      save: { type: "boolean", default: false },
    },
  });
  const names = positionals.length > 0 && !positionals.includes("all") ? positionals : Object.keys(scenarios);
  const unknown = names.find((name) => scenarios[name] === undefined);
  if (unknown !== undefined) throw new Error(`no scenario ${unknown}: ${Object.keys(scenarios).join(" ")}`);
  await buildTools();

  const machine = describeMachine();
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Bun ${machine.bun}, load ${machine.load}`);
  if (!machine.pinned)
    console.log("no taskset or one core only: servers and load share cores, trust nothing below 20 %");
  const options: BenchOptions = {
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    ms: values.ms === undefined ? undefined : Number(values.ms),
    peers: values.peers === "all" ? peers : values.peers.split(",").filter(Boolean),
    save: values.save,
  };
  for (const name of names) {
    const bench = new Bench(name, options);
    bench.save({ date: new Date().toISOString(), machine });
    await scenarios[name]?.run(bench);
  }
}

if (import.meta.main) await runLoad(process.argv.slice(2));
