// Does one thing with pools, parsers and routers a great many times and says what this process holds, first after a part of it.
// It ends by itself: nothing of this keeps a process alive.
import { BufferPool, HttpParser, ObjectPool, Router } from "@fasterapi/bun/core";
import { descriptors, residentBytes, threads } from "../../support/process.ts";

const [what = "", first = 0, all = 0] = [Bun.argv[2], Number(Bun.argv[3]), Number(Bun.argv[4])];
const request = Buffer.from("GET /users/4%202?a HTTP/1.1\r\nHost: x\r\n\r\nrest");

function routerOf(count: number): Router<number> {
  const router = new Router<number>();
  for (let i = 0; i < count; i++) router.add("GET", `/${i}/:id/*rest`, i);
  return router.add("GET", "/users/:id", count);
}

function parse(parser: HttpParser): string {
  if (parser.parse(request.subarray(0, 20)).state !== "partial") throw new Error("a part is a whole");
  const head = parser.parse(request.subarray(20));
  if (head.state !== "complete") throw new Error(`a head is ${head.state}`);
  return head.path;
}

/** Once everything. */
function work(): void {
  const router = routerOf(20);
  const parser = new HttpParser();
  const found = router.find("GET", parse(parser));
  if (found?.value !== 20 || found.params.id !== "4 2") throw new Error("a wrong route");
  using pool = new BufferPool();
  using buffer = pool.acquire(8_192);
  buffer.bytes.fill(1);
  using jobs = new ObjectPool({ create: () => new Map(), max: 1 });
  jobs.use((map) => map.set(1, buffer));
  if (what !== "closes") return;
  router.close();
  parser.close();
}

/** A turn of the event loop after each few, in which what was forgotten is freed. */
const turn = 500;

async function run(from: number, to: number): Promise<void> {
  const router = routerOf(20);
  const parser = new HttpParser();
  const pool = new BufferPool();
  for (let i = from; i < to; i++) {
    if (what === "uses") {
      if (router.find("GET", parse(parser))?.value !== 20) throw new Error("a wrong route");
      pool.acquire(1 + (i % 100_000)).release();
      continue;
    }
    work();
    if (what === "forgets" && i % turn === 0) {
      Bun.gc(true);
      await Bun.sleep(0);
    }
  }
  if (what === "uses" && pool.stats.misses > 20) throw new Error(`${pool.stats.misses} buffers were made`);
}

/** One that ends by itself, and one that is ended at work. Each sends a buffer of a pool that ends with it. */
async function workers(from: number, to: number): Promise<void> {
  const kept: Uint8Array[] = [];
  for (let i = from; i < to; i++) {
    const worker = new Worker(import.meta.path, { argv: [i % 2 === 0 ? "ends" : "works"] });
    const closed = new Promise((resolve) => worker.addEventListener("close", resolve));
    const sent = await new Promise<Uint8Array>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    if (i % 2 === 1) worker.terminate();
    await closed;
    if (!sent.every((byte) => byte === 7)) throw new Error("what was sent is another");
    kept[i % 8] = sent;
  }
  for (const sent of kept) if (!sent.fill(8).every((byte) => byte === 8)) throw new Error("what was sent is gone");
}

async function held() {
  for (let i = 0; i < 10; i++) {
    Bun.gc(true);
    await Bun.sleep(10);
  }
  return { descriptors: descriptors("self"), threads: threads("self"), resident: residentBytes("self") };
}

if (!Bun.isMainThread) {
  for (let i = 0; i < 20; i++) work();
  const pool = new BufferPool();
  const buffer = pool.acquire(100_000);
  const bytes = buffer.bytes.fill(7);
  postMessage(bytes, [bytes.buffer]);
  buffer.release();
  if (pool.acquire(100_000).bytes.length !== 100_000) throw new Error("what was sent is given out again");
  while (what === "works") work();
} else {
  const go = what === "workers" ? workers : run;
  await go(0, first);
  const before = await held();
  await go(first, all);
  console.log(JSON.stringify({ before, after: await held() }));
}
