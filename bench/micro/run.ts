/** Parts of the core by themselves, in nanoseconds per operation: `bun bench/micro/run.ts [parser] [router] [json] [schema] [body] [answer] [blocks] [--save]`. */
import { deepEquals } from "bun";
import { measure } from "mitata";
import { figure, table } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { appendResult } from "../results.ts";
import { answerCases } from "./answers.ts";
import { blockCases } from "./blocks.ts";
import { bodyCases } from "./bodies.ts";
import { documents } from "./documents.ts";
import { json, lastHead, parser, router } from "./library.ts";
import { requests } from "./requests.ts";
import { kinds, probes, sets } from "./routes.ts";
import { schemaCases } from "./schemas.ts";

/** So many in each call into the core: what the call costs disappears in it. */
const operations = 1000;

export interface Case {
  name: string;
  /** In the place of `operations`. */
  count?: number;
  /** Wrong results are an error. */
  check(): void;
  run(count: number): number;
}

function* parserCases(): Generator<Case> {
  for (const { name, head, bytes } of requests) {
    const run = parser(bytes);
    const check = () => {
      if (run(1) !== bytes.length || !deepEquals(lastHead(), head)) throw new Error(`parser, ${name}: ${lastHead()}`);
      if (run(operations) !== operations * bytes.length) throw new Error(`parser, ${name}: not all were parsed`);
    };
    yield { name: `${name} (${bytes.length} B)`, check, run };
  }
}

function* routerCases(): Generator<Case> {
  for (const [set, patterns] of Object.entries(sets)) {
    const lookUp = router(patterns);
    for (const kind of kinds) {
      const list = probes(patterns, kind);
      const run = lookUp(list.map(({ path }) => path));
      const check = () => {
        for (const { path, worth } of list) {
          if (lookUp([path])(1) !== worth) throw new Error(`router, ${set}: ${path} led to another route`);
        }
        const sum = list.reduce((total, { worth }) => total + worth, 0);
        if (run(list.length * 100) !== sum * 100) throw new Error(`router, ${set} ${kind}: wrong in a batch`);
      };
      yield { name: `${patterns.length} routes, ${kind}`, check, run };
    }
  }
}

function* jsonCases(): Generator<Case> {
  for (const { name, text, tokens, sum, refused, failures } of documents) {
    for (const [what, run, each] of [
      ["positions of tokens", json.index(text), tokens],
      ["grammar, byte by byte", json.scan(text), text.length],
      ["grammar and schema", json.check(text), 1],
      ["grammar, schema, every field read", json.read(text), sum],
      ["one failure, found and told", json.refuse(refused), failures.length],
    ] as const) {
      const check = () => {
        if (json.check(refused)(1) !== 0 || json.read(refused)(1) !== 0) throw new Error(`json, ${name}: not refused`);
        if (run(operations) !== operations * each)
          throw new Error(`json, ${what} of ${name}: ${run(1)} instead of ${each}`);
      };
      yield { name: `${what}, ${name} (${text.length} B)`, check, run };
    }
  }
}

function* checkedCases(): Generator<Case> {
  for (const { name, check, run, count } of schemaCases) {
    const checked = (count: number) => {
      const valid = run(count);
      if (valid !== count) throw new Error(`schema, ${name}: ${valid} of ${count}`);
      return valid;
    };
    yield { name, check, run: checked, count };
  }
}

const parts: Record<string, () => Iterable<Case>> = {
  parser: parserCases,
  router: routerCases,
  json: jsonCases,
  schema: checkedCases,
  body: bodyCases,
  answer: answerCases,
  blocks: () => blockCases,
};

export async function runMicro(args: string[]): Promise<void> {
  const save = args.includes("--save");
  const asked = args.filter((arg) => arg !== "--save");
  const unknown = asked.find((part) => parts[part] === undefined);
  if (unknown !== undefined) throw new Error(`no part ${unknown}: ${Object.keys(parts).join(" ")}`);
  const machine = describeMachine();
  console.log(`${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Bun ${machine.bun}, load ${machine.load}`);
  if (save) appendResult("micro", { date: new Date().toISOString(), machine });

  for (const part of asked.length > 0 ? asked : Object.keys(parts)) {
    const rows: string[][] = [];
    for (const { name, check, run, count = operations } of parts[part]?.() ?? []) {
      check();
      const stats = await measure(() => run(count));
      const { p50, min, p99 } = stats;
      rows.push([name, ...[p50, min, p99].map((ns) => figure(ns / count))]);
      if (save) appendResult("micro", { part, case: name, ns: p50 / count, minNs: min / count, p99Ns: p99 / count });
    }
    console.log(`\n${part}, ns per operation`);
    console.log(table(["", "median", "min", "p99"], rows));
  }
}

if (import.meta.main) await runMicro(process.argv.slice(2));
