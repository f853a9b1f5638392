/** Building blocks as JavaScript calls them, beside what it would do without: pools and new objects, heads, look-ups of routes. */
import { BufferPool, HttpParser, ObjectPool, Router } from "../../src/core/index.ts";
import { requests } from "./requests.ts";
import { kinds, probes, sets } from "./routes.ts";

export interface BlockCase {
  name: string;
  check(): void;
  /** What so many operations add up to. */
  run(count: number): number;
}

/** What a program may need for each of its requests: a map, a list, 1 KB to write in. */
class Job {
  readonly fields = new Map<string, string>();
  readonly parts: number[] = [];
  readonly scratch = new Uint8Array(1_024);

  work(i: number): number {
    this.fields.set("id", "7");
    this.parts.push(i);
    this.scratch[0] = i;
    return this.fields.size + this.parts.length;
  }

  reset(): void {
    this.fields.clear();
    this.parts.length = 0;
  }
}

class Point {
  x = 1;
  y = 1;
}

let last: unknown;

function summed(name: string, each: (i: number) => number, worth: number): BlockCase {
  const run = (count: number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += each(i);
    return sum;
  };
  const check = () => {
    if (run(1_000) !== 1_000 * worth) throw new Error(`${name}: ${run(1_000)} instead of ${1_000 * worth}`);
  };
  return { name, check, run };
}

function objectCases(): BlockCase[] {
  const jobs = new ObjectPool({ create: () => new Job(), reset: (job) => job.reset(), max: 16 });
  const points = new ObjectPool({ create: () => new Point(), max: 16 });
  const pooled = (i: number) => {
    const job = jobs.acquire();
    const sum = job.work(i);
    jobs.release(job);
    return sum;
  };
  const fresh = (i: number) => {
    const job = new Job();
    // What escapes is really made.
    last = job;
    return job.work(i);
  };
  const pooledPoint = () => {
    const point = points.acquire();
    last = point;
    points.release(point);
    return point.x + point.y;
  };
  const freshPoint = () => {
    const point = new Point();
    last = point;
    return point.x + point.y;
  };
  return [
    summed("ObjectPool, a map, a list and 1 KB", pooled, 2),
    summed("new, a map, a list and 1 KB", fresh, 2),
    summed("ObjectPool, two numbers", pooledPoint, 2),
    summed("new, two numbers", freshPoint, 2),
  ];
}

function bufferCases(size: number): BlockCase[] {
  const pool = new BufferPool();
  const pooled = (i: number) => {
    const buffer = pool.acquire(size);
    const { bytes } = buffer;
    bytes[0] = i;
    last = bytes;
    buffer.release();
    return bytes.length;
  };
  const used = (bytes: Uint8Array, i: number) => {
    bytes[0] = i;
    last = bytes;
    return bytes.length;
  };
  return [
    summed(`BufferPool, ${size} B`, pooled, size),
    summed(`Buffer.allocUnsafe, ${size} B`, (i) => used(Buffer.allocUnsafe(size), i), size),
    summed(`new Uint8Array, ${size} B`, (i) => used(new Uint8Array(size), i), size),
  ];
}

function headCases(): BlockCase[] {
  const parser = new HttpParser();
  const headOf = (bytes: Uint8Array) => {
    const head = parser.parse(bytes);
    if (head.state !== "complete") throw new Error(`a head is ${head.state}`);
    return head;
  };
  return requests.flatMap(({ name, bytes: text }) => {
    const bytes = Buffer.from(text);
    return [
      summed(`HttpParser, ${name} (${bytes.length} B)`, () => headOf(bytes).consumed, bytes.length),
      summed(`HttpParser and its path, ${name}`, () => headOf(bytes).path.length, headOf(bytes).path.length),
      summed(`HttpParser and all of it, ${name}`, () => headOf(bytes).headers.length, headOf(bytes).headers.length),
    ];
  });
}

function lookUpCases(): BlockCase[] {
  return Object.values(sets).flatMap((patterns) => {
    const router = new Router<number>();
    for (const [value, pattern] of patterns.entries()) router.add("GET", pattern, value);
    /** As in `routes.ts`. */
    const worthOf = (path: string) => {
      const found = router.find("GET", path);
      if (found === undefined) return 0;
      let sum = found.value + 1;
      for (const name in found.params) sum += found.params[name]!.length;
      return sum;
    };
    return kinds.map((kind) => {
      const list = probes(patterns, kind);
      const paths = list.map(({ path }) => path);
      const run = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += worthOf(paths[i & 7]!);
        return sum;
      };
      const check = () => {
        for (const { path, worth } of list)
          if (worthOf(path) !== worth) throw new Error(`Router: ${path} led elsewhere`);
      };
      return { name: `Router, ${patterns.length} routes, ${kind}`, check, run };
    });
  });
}

export const blockCases = [
  ...objectCases(),
  ...[1_024, 8_192, 65_536].flatMap(bufferCases),
  ...headCases(),
  ...lookUpCases(),
];

/** So that nothing is optimized away. */
export const lastMade = () => last;
