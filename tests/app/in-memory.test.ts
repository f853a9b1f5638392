// `app.request()` where something goes wrong, and what it keeps.
import { describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { eventually } from "../support/time.ts";

interface Heap {
  [key: symbol]: { runtime: { links: Map<number, unknown>; spare: unknown } };
}
await new App().get("/", "x").request("/");
const { runtime } = (globalThis as unknown as Heap)[Symbol.for("@fasterapi/bun")]!;
const { links } = runtime;

const ticks = async function* () {
  for (let n = 0; ; n++) {
    yield `${n}\n`;
    await Bun.sleep(2);
  }
};
const app = new App()
  .post("/length", async ({ text }) => (await text()).length)
  .get("/ticks", ticks)
  .get("/cut", async function* () {
    yield "before";
    await Bun.sleep(2);
    throw new Error("in the middle");
  });
const failing = (after: number) => {
  let count = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (count++ === after) controller.error(new Error("mine"));
      else controller.enqueue(new Uint8Array(10));
    },
  });
};
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(String, (error: Error) => `${error.name}: ${error.message}`);

describe("the request's own body", () => {
  test.each([0, 1, 200])("fails after %i pieces: so does the request", async (after) => {
    const asked = app.request("/length", { method: "POST", body: failing(after) });
    expect(await reasonOf(asked)).toBe("Error: mine");
    expect(links.size).toBe(0);
  });

  test("was used before", async () => {
    const request = new Request("http://localhost/length", { method: "POST", body: "x" });
    await request.text();
    expect(await reasonOf(app.request(request))).toContain("TypeError");
    expect(links.size).toBe(0);
  });
});

describe("an abort", () => {
  test("before the request", async () => {
    const signal = AbortSignal.abort(new Error("never mind"));
    expect(await reasonOf(app.request("/ticks", { signal }))).toBe("Error: never mind");
  });

  test("of an answer that is being read", async () => {
    const abort = new AbortController();
    const response = await app.request("/ticks", { signal: abort.signal });
    const reader = response.body!.getReader();
    await reader.read();
    const next = reader
      .read()
      .then(() => reader.read())
      .then(() => reader.read());
    abort.abort(new Error("enough"));
    expect(await reasonOf(next)).toBe("Error: enough");
    expect(links.size).toBe(0);
  });
});

test("a body that nobody waits for any more is cancelled, also while its next piece is", async () => {
  const ends: unknown[] = [];
  const body = () => {
    let count = 0;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => (count++ < 3 ? controller.enqueue(new Uint8Array(10)) : new Promise(() => undefined)),
      cancel: (reason) => {
        ends.push((reason as Error).name);
      },
    });
  };
  const early = new App().post("/", { body: "stream" }, () => "early");
  expect(await (await early.request("/", { method: "POST", body: body() })).text()).toBe("early");
  const abort = new AbortController();
  const asked = app.request("/length", { method: "POST", body: body(), signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 5);
  expect(await reasonOf(asked)).toBe("Error: enough");
  expect(ends).toEqual(["AbortError", "AbortError"]);
});

test("an answer that is cut is an error, and keeps nothing", async () => {
  const { error } = console;
  console.error = () => undefined;
  try {
    for (let i = 0; i < 10; i++) {
      const response = await app.request("/cut");
      expect(await reasonOf(response.text())).toContain("ended the connection before the answer was complete");
    }
    expect(links.size).toBe(0);
  } finally {
    console.error = error;
  }
});

test("an answer that everybody has forgotten is let go", async () => {
  await (async () => {
    for (let i = 0; i < 5; i++) await app.request("/ticks");
  })();
  expect(links.size).toBeGreaterThan(0);
  await eventually(
    () => {
      Bun.gc(true);
      return links.size <= 1;
    },
    () => `${links.size} connections are left`,
  );
});

test("large answers of all sizes come as they are", async () => {
  const sized = new App().get("/:bytes", ({ params }) => Buffer.alloc(Number(params.bytes), "0123456789"));
  for (const bytes of [30_000, 33_000, 40_000, 64_000, 65_000, 70_000, 100_000, 131_000, 132_000, 200_000, 1_500_000]) {
    const text = await (await sized.request(`/${bytes}`)).text();
    expect(text === "0123456789".repeat(bytes / 10)).toBe(true);
  }
});

test("the pieces of a body are each the reader's own", async () => {
  const large = new App().get("/", async function* () {
    for (let i = 0; i < 20; i++) yield Buffer.alloc(50_000, i);
  });
  // As if nobody had read larger pieces before.
  runtime.spare = undefined;
  const response = await large.request("/");
  let bytes = 0;
  for await (const piece of response.body!) {
    bytes += piece.byteLength;
    structuredClone(piece.buffer, { transfer: [piece.buffer] });
  }
  expect(bytes).toBe(1_000_000);
});

test("hundreds of applications at once, and one after the other", async () => {
  const make = (i: number) =>
    new App().get("/", async () => {
      await Bun.sleep(1);
      return `${i}`;
    });
  const ask = async (i: number) => (await make(i).request("/")).text();
  const numbers = Array.from({ length: 400 }, (_, i) => i);
  expect(await Promise.all(numbers.map(ask))).toEqual(numbers.map(String));
  for (const i of numbers) expect(await ask(i)).toBe(String(i));
  expect(links.size).toBeLessThan(10);
});

test("a request within a request", async () => {
  const outer: App = new App()
    .get("/inner", async ({ query }) => `inner ${String(query["n"])}`)
    .get("/outer", async () => {
      const answers = await Promise.all([1, 2, 3].map(async (n) => (await outer.request(`/inner?n=${n}`)).text()));
      return answers.join();
    }) as unknown as App;
  expect(await (await outer.request("/outer")).text()).toBe("inner 1,inner 2,inner 3");
});
