// Contexts that are kept after their requests were answered: all of them refuse, none shows another request's bytes.
import { afterAll, expect, test } from "bun:test";
import { App, type Context, ContextExpiredError, HttpError, type RequestHeaders } from "@fasterapi/bun";
import { Wire } from "../support/wire.ts";

/** All that a handler can take out of its context and keep. */
interface Kept {
  id: string;
  context: Context;
  headers: RequestHeaders;
  iterator: IterableIterator<[string, string]>;
  wasRefused: boolean;
  methods: Pick<Context, "text" | "json" | "bytes" | "form" | "status" | "set" | "append" | "redirect">;
  /** Values of its own, which stay what they were. */
  values: unknown;
  bytes: Promise<Uint8Array>;
}

const kept: Kept[] = [];

function keep(context: Context): string {
  const id = context.params["id"]!;
  const { headers, text, json, bytes, form, status, set, append, redirect } = context;
  const iterator = headers.entries();
  iterator.next();
  kept.push({
    id,
    context,
    headers,
    iterator,
    wasRefused: false,
    methods: { text, json, bytes, form, status, set, append, redirect },
    values: [context.path, context.params, context.query, context.cookies, headers.get("x-id"), context.body],
    bytes: bytes(),
  });
  return id;
}

const large = "l".repeat(70_000);
const app = new App({ development: false })
  .post("/sync/:id", (context) => keep(context))
  .post("/async/:id", async (context) => {
    await null;
    const id = keep(context);
    await Bun.sleep(1);
    return id;
  })
  .post("/throws/:id", (context) => {
    throw new HttpError(418, keep(context));
  })
  .post("/response/:id", (context) => new Response(keep(context)))
  .post("/slow/:id", { timeouts: { handlerMs: 20 } }, async (context) => {
    keep(context);
    await Bun.sleep(100);
  })
  // Looks at what was kept in the midst of a batch, when the rings hold the requests of others.
  .post("/look/:id", (context) => {
    for (const one of kept.slice(-200)) if (arrived.has(one.id)) strays.push(...unrefused(one));
    looks++;
    return context.params.id;
  });
/** Requests whose answers the client has. */
const arrived = new Set<string>();
const strays: string[] = [];
let looks = 0;
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop());

function post(path: string, id: string, body = `{"body":"${id}"}`): string {
  const head = `Host: test\r\nX-Id: ${id}\r\nCookie: id=${id}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST /${path}/${id}?query=${id} HTTP/1.1\r\n${head}\r\n\r\n${body}`;
}

function nothing(): void {
  // To be called.
}

/** The uses that a kept context does not refuse, apart from those that give a promise. */
function unrefused(kept: Kept): string[] {
  const { id, context, headers, iterator, methods } = kept;
  const uses: Record<string, () => unknown> = {
    method: () => context.method,
    path: () => context.path,
    url: () => context.url,
    params: () => context.params,
    query: () => context.query,
    headers: () => context.headers,
    cookies: () => context.cookies,
    body: () => context.body,
    request: () => context.request,
    ip: () => context.ip,
    state: () => context.state,
    signal: () => context.signal,
    status: () => context.status(),
    "status(201)": () => context.status(201),
    set: () => context.set("x", "y"),
    append: () => context.append("x", "y"),
    redirect: () => context.redirect("/"),
    "headers.get": () => headers.get("x-id"),
    "headers.has": () => headers.has("x-id"),
    "[...headers]": () => [...headers],
    "headers.keys": () => [...headers.keys()],
    "headers.forEach": () => headers.forEach(nothing),
    "headers.toJSON": () => JSON.stringify(headers),
    iterator: () => {
      // One that has thrown is at its end.
      const wasRefused = kept.wasRefused;
      kept.wasRefused = true;
      if (!iterator.next().done || !wasRefused) return "more";
      throw new ContextExpiredError("GET /");
    },
    "kept status": () => methods.status(),
    "kept status(201)": () => methods.status(201),
    "kept set": () => methods.set("x", "y"),
    "kept append": () => methods.append("x", "y"),
    "kept redirect": () => methods.redirect("/"),
  };
  return Object.entries(uses).flatMap(([name, use]) => {
    try {
      return [`${name} of ${id} gave ${String(use())}`];
    } catch (error) {
      return error instanceof ContextExpiredError && error.code === "CONTEXT_EXPIRED" ? [] : [`${name} threw ${error}`];
    }
  });
}

async function unrefusedPromises({ id, context, methods }: Kept): Promise<string[]> {
  const found: string[] = [];
  for (const [what, from] of [
    ["context", context],
    ["kept", methods],
  ] as const) {
    for (const name of ["text", "json", "bytes", "form"] as const) {
      try {
        found.push(`${what} ${name} of ${id} gave ${await from[name]()}`);
      } catch (error) {
        if (!(error instanceof ContextExpiredError)) found.push(`${what} ${name} of ${id} threw ${error}`);
      }
    }
  }
  return found;
}

async function check(list: Kept[]): Promise<void> {
  for (const one of list) {
    const { id, values, bytes } = one;
    expect(unrefused(one)).toEqual([]);
    expect(await unrefusedPromises(one)).toEqual([]);
    const body = { body: id };
    expect(values).toEqual([expect.stringMatching(new RegExp(`/${id}$`)), { id }, { query: id }, { id }, id, body]);
    expect(Buffer.from(await bytes).toString()).toBe(JSON.stringify(body));
  }
}

test("10,000 contexts kept from answered requests, while new ones are coming", async () => {
  kept.length = 0;
  const client = async (number: number) => {
    using wire = await Wire.open(server);
    for (let round = 0; round < 79; round++) {
      const ids = Array.from({ length: 32 }, (_, i) => `${number}-${round}-${i}`);
      const kinds = ["sync", "async", "throws", "response"];
      wire.send(ids.map((id, i) => post(kinds[(i >> 1) % 4]!, id)).join("") + post("look", "look"));
      for (const id of ids) {
        expect((await wire.answer()).body).toBeOneOf([id, `{"detail":"${id}"}`]);
        arrived.add(id);
      }
      await wire.answer();
    }
  };
  await Promise.all([0, 1, 2, 3].map(client));
  expect(kept.length).toBe(4 * 79 * 32);
  expect(looks).toBe(4 * 79);
  expect(strays).toEqual([]);
  await check(kept);
}, 60_000);

test("large bodies, which lie in memory of their own", async () => {
  kept.length = 0;
  using wire = await Wire.open(server);
  for (const kind of ["sync", "async"]) {
    for (let i = 0; i < 10; i++) {
      wire.send(post(kind, `${i}`, JSON.stringify({ body: `${i}`, large })));
      expect((await wire.answer()).body).toBe(`${i}`);
    }
  }
  Bun.gc(true);
  for (const one of kept) {
    expect(unrefused(one)).toEqual([]);
    expect(await unrefusedPromises(one)).toEqual([]);
    expect(Buffer.from(await one.bytes).toString()).toBe(JSON.stringify({ body: one.id, large }));
  }
});

test("a handler that took too long is refused what it still asks for", async () => {
  kept.length = 0;
  using wire = await Wire.open(server);
  wire.send(post("slow", "slow"));
  expect((await wire.answer()).status).toBe(503);
  wire.send(post("sync", "next"));
  expect((await wire.answer()).body).toBe("next");
  expect(kept.length).toBe(2);
  await check(kept);
});

test("a context stays alive when its client leaves, until the handler is done", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  let context: Context | undefined;
  const patient = await new App()
    .post("/:id", async (given) => {
      context = given as unknown as Context;
      await new Promise((left) => given.signal.addEventListener("abort", left));
      await Bun.sleep(5);
      resolve([given.path, given.params.id, given.headers.get("x-id"), await given.json()]);
      return "to nobody";
    })
    .get("/", "constant")
    .listen({ port: 0, hostname: "127.0.0.1" });
  const leaving = await Wire.open(patient);
  leaving.send(post("", "left").replace("//", "/"));
  while (context === undefined) await Bun.sleep(1);
  leaving.reset();
  expect(await promise).toEqual(["/left", "left", "left", { body: "left" }]);
  await Bun.sleep(5);
  expect(() => context!.path).toThrow(ContextExpiredError);
  await patient.stop();
});

test("what cannot be used any more can still be looked at", async () => {
  kept.length = 0;
  using wire = await Wire.open(server);
  wire.send(post("sync", "seen"));
  await wire.answer();
  expect(Bun.inspect(kept[0]!.context)).toBe("Context (answered)");
});
