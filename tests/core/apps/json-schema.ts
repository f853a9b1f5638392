// Does one thing with JSON Schemas a great many times and says what this process holds, first after a part of it.
// It ends by itself: nothing of this keeps a process alive.
import { t } from "@fasterapi/bun";
import { JsonSchema } from "@fasterapi/bun/core";
import { descriptors, residentBytes, threads } from "../../support/process.ts";

const order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 1, pattern: "^[A-Z]" }),
  items: t.Array(t.Object({ sku: t.String(), qty: t.Integer(), price: t.Number() })),
});
const good = Buffer.from('{"id":7,"name":"Ada","items":[{"sku":"A-1","qty":2,"price":9.99}]}');
const bad = '{"id":0,"name":"ada","items":[{}]}';
const large = Buffer.from(`{"id":7,"name":"Ada","items":[${'{"sku":"A-1","qty":2,"price":9.99},'.repeat(300)}{}]}`);
const [what = "", first = 0, all = 0] = [Bun.argv[2], Number(Bun.argv[3]), Number(Bun.argv[4])];

function judge(schema: JsonSchema): void {
  const errors = schema.errors(bad).length;
  if (!schema.check(good) || schema.check(bad) || schema.check(large) || errors !== 5)
    throw new Error("a wrong verdict");
}

/** A turn of the event loop after each few, in which what was forgotten is freed. */
const turn = 1_000;

async function run(from: number, to: number): Promise<void> {
  const kept = JsonSchema.compile(order);
  for (let i = from; i < to; i++) {
    if (what === "checks") {
      if (!kept.check(good) || kept.check(bad)) throw new Error("a wrong verdict");
      if (i % 100 === 0) judge(kept);
      continue;
    }
    const schema = JsonSchema.compile(order);
    if (i % 100 === 0) judge(schema);
    if (what === "closes") schema.close();
    else if (i % turn === 0) {
      Bun.gc(true);
      await Bun.sleep(0);
    }
  }
  kept.close();
}

/** One that ends by itself, and one that is ended at work. */
async function workers(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const worker = new Worker(import.meta.path, { argv: [i % 2 === 0 ? "ends" : "works"] });
    const closed = new Promise((resolve) => worker.addEventListener("close", resolve));
    const said = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    if (said !== "judged") throw new Error(`a worker said ${said}`);
    if (i % 2 === 1) worker.terminate();
    await closed;
  }
}

async function held() {
  for (let i = 0; i < 10; i++) {
    Bun.gc(true);
    await Bun.sleep(10);
  }
  return { descriptors: descriptors("self"), threads: threads("self"), resident: residentBytes("self") };
}

if (!Bun.isMainThread) {
  for (let i = 0; i < 50; i++) judge(JsonSchema.compile(order));
  postMessage("judged");
  while (what === "works") judge(JsonSchema.compile(order));
} else {
  const go = what === "workers" ? workers : run;
  await go(0, first);
  const before = await held();
  await go(first, all);
  console.log(JSON.stringify({ before, after: await held() }));
}
