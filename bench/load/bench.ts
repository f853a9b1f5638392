/** What all scenarios share: options, servers side by side, rounds in turn, output. */
import { figure, ratio, type Spread, spread, table, withSpread } from "../figures.ts";
import { appendResult } from "../results.ts";
import { generate, type Load, type Sample, type Window } from "./generator.ts";
import { type Exchange, exchanges } from "./requests.ts";
import { checkAnswer, floor, ours, rival, type Server, start } from "./server.ts";
import type { ServerOptions } from "./servers/life.ts";

export interface BenchOptions {
  rounds: number | undefined;
  ms: number | undefined;
  peers: string[];
  save: boolean;
}

export type SamplesOf<S> = Map<string, S[]>;
export type Samples = SamplesOf<Sample>;
export type SampleKey = "perSecond" | "cpuUs" | "p50Us" | "p99Us";

/** Of all cores. The runner itself and the system's own work are among the others. */
const others_share_max = 0.02;
const repeats_max = 3;

const headsShown = new Set<string>();

export class Bench {
  constructor(
    readonly scenario: string,
    readonly options: BenchOptions,
  ) {}

  get names(): string[] {
    return [ours, rival, floor, ...this.options.peers];
  }

  /** Those that can be started, each with right answers to `exchange`. */
  async start(names: string[], options: ServerOptions, exchange: Exchange): Promise<Server[]> {
    const servers: Server[] = [];
    for (const name of names) {
      try {
        const server = await start(name, options, exchange);
        const head = await checkAnswer(server, exchange).catch(async (error) => {
          await server.stop();
          throw error;
        });
        servers.push(server);
        this.#showHead(name, head);
      } catch (error) {
        this.say(`${name} is left out: ${error instanceof Error ? error.message : error}`);
      }
    }
    return servers;
  }

  #showHead(name: string, head: string) {
    const text = `${name} sends ${head.length} B of head: ${head.trimEnd().replaceAll("\r\n", " | ")}`;
    const kind = text.replace(/date: [^|]*/i, "").replace(/content-length: \d+/i, "");
    if (!headsShown.has(kind)) this.say(text);
    headsShown.add(kind);
  }

  /**
   * Each server in turn, another one first in each round; one round before that isn't counted. What other processes
   * disturbed is measured again.
   */
  async rounds<S extends Window>(
    servers: Server[],
    count: number,
    run: (server: Server) => Promise<S>,
  ): Promise<SamplesOf<S>> {
    const samples: SamplesOf<S> = new Map(servers.map((server) => [server.name, []]));
    let disturbed = 0;
    for (const server of servers) await run(server);
    for (let round = 0; round < count; round++) {
      for (let i = 0; i < servers.length; i++) {
        const server = servers[(i + round) % servers.length];
        if (server === undefined) continue;
        let sample = await run(server);
        for (let again = 0; sample.othersShare > others_share_max && again < repeats_max; again++) {
          const other = await run(server);
          if (other.othersShare < sample.othersShare) sample = other;
        }
        if (sample.othersShare > others_share_max) disturbed++;
        samples.get(server.name)?.push(sample);
      }
    }
    if (disturbed > 0)
      this.say(`other processes were at work during ${disturbed} of ${count * servers.length} measurements`);
    return samples;
  }

  /** Starts the servers, sends them the same load in turn, shows and saves what came out. */
  async compare(
    title: string,
    name: keyof typeof exchanges,
    load: Load,
    options: ServerOptions = {},
  ): Promise<Samples> {
    const exchange = exchanges[name];
    console.log(`\n${title}`);
    const servers = await this.start(this.names, options, exchange);
    try {
      const ms = this.options.ms ?? load.ms ?? 1500;
      const run = (server: Server) => generate(server, exchange, { ...load, ms });
      const samples = await this.rounds(servers, this.options.rounds ?? 5, run);
      this.show(samples);
      for (const [server, list] of samples) this.save({ case: name, server, ...load, ms, samples: list });
      return samples;
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  }

  show(samples: Samples) {
    const header = ["", "requests/s", "CPU µs per request", "p50 µs", "p99 µs", `requests/s to ${rival}'s`];
    const base = samples.get(rival)?.map((sample) => sample.perSecond) ?? [];
    const rows = [...samples].map(([name, list]) => [
      name,
      withSpread(valuesOf(list, "perSecond")),
      withSpread(valuesOf(list, "cpuUs")),
      figure(valuesOf(list, "p50Us").median),
      figure(valuesOf(list, "p99Us").median),
      withSpread(
        ratio(
          list.map((sample) => sample.perSecond),
          base,
        ),
      ),
    ]);
    console.log(table(header, rows));
  }

  /** How one server's figure relates to another's, round by round; undefined when one is missing. */
  relate<Key extends string>(samples: SamplesOf<Record<Key, number>>, key: Key, over = rival): Spread | undefined {
    const [mine, other] = [samples.get(ours), samples.get(over)];
    if (mine === undefined || other === undefined) return undefined;
    return ratio(
      mine.map((sample) => sample[key]),
      other.map((sample) => sample[key]),
    );
  }

  goal(what: string, value: Spread | undefined, bound: { atLeast: number } | { atMost: number }) {
    if (value === undefined) return;
    const [word, limit] = "atLeast" in bound ? ["at least", bound.atLeast] : ["at most", bound.atMost];
    const reached = word === "at least" ? value.median >= limit : value.median <= limit;
    console.log(`  ${reached ? "✓" : "✗"} ${what}: ${withSpread(value)}, wanted ${word} ${limit}`);
    this.save({ goal: what, ...value, ...bound, reached });
  }

  say(text: string) {
    console.log(`  (${text})`);
  }

  save(line: object) {
    if (this.options.save) appendResult(this.scenario, { scenario: this.scenario, ...line });
  }
}

export function valuesOf<Key extends string>(list: Record<Key, number>[], key: Key): Spread {
  return spread(list.map((sample) => sample[key]));
}
