// Whatever is kept of a request after it was answered says so, and never shows another one's bytes.
import { afterAll, describe, expect, test } from "bun:test";
import { App, type Context, ContextExpiredError, HttpError } from "@fasterapi/bun";
import { askAll, RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

const kept: Context[] = [];
const parts: { [name: string]: () => unknown }[] = [];

/** Everything of a context that reads the request or says something about its answer, as functions. */
function uses(context: Context): { [name: string]: () => unknown } {
  const { headers, text, json, bytes, form, status, set, append, redirect } = context;
  const iterator = headers[Symbol.iterator]();
  const keys = headers.keys();
  iterator.next();
  return {
    "headers.get": () => headers.get("host"),
    "headers.has": () => headers.has("host"),
    "headers.keys": () => keys.next(),
    "headers.values": () => [...headers.values()],
    "headers.entries": () => [...headers.entries()],
    "headers.forEach": () => headers.forEach((value) => void value),
    "headers.toJSON": () => JSON.stringify(headers),
    "a new iterator": () => [...headers],
    "an iterator that has begun": () => [...iterator],
    text: () => text(),
    json: () => json(),
    bytes: () => bytes(),
    form: () => form(),
    "status()": () => status(),
    "status(code)": () => status(404),
    set: () => set("x-late", "1"),
    append: () => append("x-late", "1"),
    redirect: () => redirect("/late"),
  };
}

const app = new App()
  .post("/sync", (context) => {
    kept.push(context);
    parts.push(uses(context));
    return "sync";
  })
  .post("/async", async (context) => {
    kept.push(context);
    parts.push(uses(context));
    await Bun.sleep(1);
    return "async";
  })
  .post("/failed", (context) => {
    kept.push(context);
    parts.push(uses(context));
    throw new HttpError(400);
  })
  .get("/other", ({ headers }) => headers.get("x-other"));
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

const members = Object.entries(Object.getOwnPropertyDescriptors((await contextOf()).constructor.prototype))
  .filter(([name, { get }]) => get !== undefined && name !== "constructor")
  .map(([name]) => name as keyof Context);

async function contextOf(): Promise<Context> {
  await post("/sync");
  return kept.pop()!;
}

async function post(path: string, body = "secret body"): Promise<void> {
  const headers = "Content-Type: text/plain\r\nCookie: secret=cookie\r\nX-Secret: header\r\n";
  // Others come and go on the same objects.
  const others = request("/other", { headers: "X-Other: other\r\n" }).repeat(20);
  const answers = await askAll(server, request(`${path}?secret=query`, { method: "POST", headers, body }) + others, 21);
  expect(answers.slice(1).every(({ text }) => text === "other")).toBe(true);
}

const errorOf = async (use: () => unknown): Promise<unknown> => {
  try {
    const value = await use();
    return value;
  } catch (error) {
    return error;
  }
};

test("the members that are tested are those that there are", () => {
  const documented = [
    "append",
    "body",
    "bytes",
    "cookies",
    "form",
    "headers",
    "ip",
    "json",
    "method",
    "params",
    "path",
    "query",
    "redirect",
    "request",
    "set",
    "signal",
    "state",
    "status",
    "text",
    "url",
  ];
  expect(members.toSorted()).toEqual(expect.arrayContaining(documented as (keyof Context)[]));
});

describe.each(["/sync", "/async", "/failed"])("after %s", (path) => {
  test.each(members)("context.%s", async (member) => {
    await post(path);
    const context = kept.pop()!;
    const use = () => {
      const value = context[member] as unknown;
      return typeof value === "function" ? value() : value;
    };
    expect(await errorOf(use)).toBeInstanceOf(ContextExpiredError);
  });

  test("what was taken out of it", async () => {
    await post(path);
    for (const [name, use] of Object.entries(parts.pop()!)) {
      // What gives a promise rejects it: nobody has to catch twice.
      if (["text", "json", "bytes", "form"].includes(name)) {
        expect(await (use() as Promise<unknown>).catch(() => "rejected")).toBe("rejected");
      }
      const error = await errorOf(use);
      expect([name, error instanceof ContextExpiredError, (error as ContextExpiredError).code]).toEqual([
        name,
        true,
        "CONTEXT_EXPIRED",
      ]);
    }
  });
});

test("what was decoded stays as it was: it is the handler's own", async () => {
  const own: unknown[] = [];
  const owning = new App().post("/:id", async ({ params, query, cookies, body, url, bytes, request: web }) => {
    own.push(params, query, cookies, body, url.href, await bytes(), web);
    return "x";
  });
  await using other = await owning.listen({ port: 0, hostname: "127.0.0.1" });
  const first = request("/1?q=first", {
    method: "POST",
    headers: "Content-Type: text/plain\r\nCookie: c=first\r\n",
    body: "first",
  });
  await askAll(other, first, 1);
  const [params, query, cookies, body, href, bytes, web] = own.splice(0);
  await askAll(other, first.replaceAll("first", "other").repeat(50), 50);
  expect([params, query, cookies, body, href]).toEqual([
    { id: "1" },
    { q: "first" },
    { c: "first" },
    "first",
    "http://test/1?q=first",
  ]);
  expect(Buffer.from(bytes as Uint8Array).toString()).toBe("first");
  expect(await (web as Request).text()).toBe("first");
});

test("10,000 that were kept, and not one that shows another's", async () => {
  const contexts: Context[] = [];
  const used: (() => unknown)[] = [];
  let wrong = 0;
  const keeping = new App().post("/:id", (context) => {
    contexts.push(context);
    const { headers, text, status } = context;
    used.push(
      () => headers.get("x-id"),
      () => text(),
      () => status(),
    );
    if (context.params.id !== context.headers.get("x-id")) wrong++;
    return contexts.length % 3 === 0 ? Bun.sleep(0).then(() => context.params.id) : context.params.id;
  });
  await using other = await keeping.listen({ port: 0, hostname: "127.0.0.1" });
  using client = await RawClient.open(other);
  const count = 10_000;
  for (let n = 0; n < count; n += 500) {
    let bytes = "";
    for (let i = n; i < n + 500; i++) {
      bytes += request(`/${i}`, { method: "POST", headers: `X-Id: ${i}\r\n`, body: `body ${i}` });
    }
    client.send(bytes);
    for (let i = n; i < n + 500; i++) {
      const { text } = await client.answer();
      if (text !== String(i)) expect(text).toBe(String(i));
    }
  }
  expect([contexts.length, wrong]).toEqual([count, 0]);
  let expired = 0;
  for (const use of used) if ((await errorOf(use)) instanceof ContextExpiredError) expired++;
  expect(expired).toBe(3 * count);
  for (const context of contexts) {
    for (const member of ["path", "headers", "body", "params"] as const) {
      if (!((await errorOf(() => context[member])) instanceof ContextExpiredError)) wrong++;
    }
  }
  expect(wrong).toBe(0);
}, 20_000);

test("a client that goes away leaves a context that is whole until the handler is done", async () => {
  const seen: unknown[] = [];
  let begun = false;
  const leaving = new App().post("/:id", async ({ params, headers, text, signal }) => {
    begun = true;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await Bun.sleep(1);
    seen.push(params.id, headers.get("x-id"), await text());
    return "for nobody";
  });
  await using other = await leaving.listen({ port: 0, hostname: "127.0.0.1" });
  using client = await RawClient.open(other);
  client.send(request("/7", { method: "POST", headers: "X-Id: 7\r\n", body: "body" }));
  await eventually(() => begun, "the handler to be called");
  client.reset();
  await eventually(() => seen.length === 3, "the handler to be done");
  expect(seen).toEqual(["7", "7", "body"]);
});
