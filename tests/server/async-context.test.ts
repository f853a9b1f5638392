// What one handler puts into an AsyncLocalStorage is seen by what it calls and awaits, and by no other request.

import { afterAll, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { App, HttpError } from "@fasterapi/bun";
import { Wire } from "../support/wire.ts";

const storage = new AsyncLocalStorage<string>();
const strays: string[] = [];

/** The store that was found on entering, which ought to be none. */
function enter(id: string): string {
  const found = storage.getStore();
  if (found !== undefined) strays.push(`${id} found that of ${found}`);
  storage.enterWith(id);
  return found ?? "nothing";
}

const app = new App()
  .get("/sync/:id", ({ params }) => {
    const found = enter(params.id);
    return [found, storage.getStore()];
  })
  .get("/async/:id", async ({ params }) => {
    const found = enter(params.id);
    await null;
    const later = storage.getStore();
    await Bun.sleep(Number(params.id) % 5);
    return [found, later === params.id ? storage.getStore() : later];
  })
  .get("/run/:id", ({ params }) =>
    storage.run(params.id, async () => {
      const before = storage.getStore();
      await new Promise((resolve) => setTimeout(resolve, Number(params.id) % 3));
      return ["nothing", before === params.id ? storage.getStore() : before];
    }),
  )
  .get("/throws/:id", ({ params }) => {
    enter(params.id);
    throw new HttpError(418, params.id);
  })
  .get("/rejects/:id", async ({ params }) => {
    enter(params.id);
    await Bun.sleep(1);
    throw new HttpError(418, storage.getStore());
  })
  .get("/late/:id", ({ params }) => {
    enter(params.id);
    // Long after the answer.
    setTimeout(() => {
      if (storage.getStore() !== params.id) strays.push(`${params.id} lost its own to ${storage.getStore()}`);
    }, 20);
    return ["nothing", params.id];
  })
  .get("/getter/:id", ({ params }) => ({
    toJSON() {
      return [enter(params.id), storage.getStore()];
    },
  }))
  .get("/getter-later/:id", async ({ params }) => {
    await null;
    return {
      toJSON() {
        return [enter(params.id), storage.getStore()];
      },
    };
  })
  .get("/constant", "constant")
  .get("/store", () => storage.getStore() ?? "nothing")
  .get("/store-later", async () => {
    await Bun.sleep(2);
    return storage.getStore() ?? "nothing";
  });

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop());

const kinds = ["sync", "async", "run", "throws", "rejects", "late", "getter", "getter-later"];

test("no request sees the store of another, pipelined and on many connections", async () => {
  const client = async (number: number) => {
    using wire = await Wire.open(server);
    for (let round = 0; round < 30; round++) {
      const asked = kinds.map((kind, i) => [kind, `${number * 10_000 + round * 10 + i}`] as const);
      for (const [kind, id] of asked) {
        wire.ask(`/${kind}/${id}`);
        wire.ask("/store");
        wire.ask("/constant");
        wire.ask("/store-later");
      }
      for (const [kind, id] of asked) {
        const { body } = await wire.answer();
        const expected = kind === "throws" || kind === "rejects" ? { detail: id } : ["nothing", id];
        expect(JSON.parse(body)).toEqual(expected);
        expect((await wire.answers(3)).map((answer) => answer.body)).toEqual(["nothing", "constant", "nothing"]);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, i) => client(i)));
  await Bun.sleep(50);
  expect(strays).toEqual([]);
});

test("requests do not see the store of whoever started the server, made it listen or asks", async () => {
  await storage.run("outside", async () => {
    const inner = await new App()
      .get("/", () => storage.getStore() ?? "nothing")
      .listen({ port: 0, hostname: "127.0.0.1" });
    expect(await (await fetch(inner.url)).text()).toBe("nothing");
    await inner.stop();
    expect(storage.getStore()).toBe("outside");
  });
});

test("what a handler enters does not reach timers and promises of the application", async () => {
  const seen = new Set<string | undefined>();
  const interval = setInterval(() => seen.add(storage.getStore()), 1);
  using wire = await Wire.open(server);
  for (let i = 0; i < 50; i++) {
    wire.ask(`/sync/${i}`);
    await wire.answer();
    await new Promise((resolve) => setImmediate(resolve));
    seen.add(storage.getStore());
  }
  clearInterval(interval);
  expect([...seen]).toEqual([undefined]);
});

test("listeners of signal run, whatever store other requests entered", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const watching = await new App()
    .get("/", ({ signal }) => {
      signal.addEventListener("abort", () => resolve(storage.getStore() ?? "nothing"));
      return new Promise(() => undefined);
    })
    .get("/enter", () => {
      storage.enterWith("another's");
      return "entered";
    })
    .listen({ port: 0, hostname: "127.0.0.1" });
  const wire = await Wire.open(watching);
  wire.ask("/");
  using other = await Wire.open(watching);
  other.ask("/enter");
  await other.answer();
  wire.reset();
  other.ask("/enter");
  expect(await promise).toBe("nothing");
  await watching.stop({ drainMs: 0 });
});
