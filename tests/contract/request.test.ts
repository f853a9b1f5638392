// App: request(pathOrRequest, init?) itself. That it answers like a socket is what all other files here say.
import { describe, expect, test } from "bun:test";
import { App, RouteError } from "@fasterapi/bun";
import { jsonOf, listen, textOf } from "./support.ts";

describe("request(pathOrRequest, init?)", () => {
  test("resolves to a web Response", async () => {
    const response = await new App().get("/", "hello").request("/");
    expect(response).toBeInstanceOf(Response);
    expect(await textOf(response)).toEqual([200, "hello"]);
  });

  test("paths are taken relative to http://localhost", async () => {
    const app = new App().get("/*path", ({ url, headers }) => [url.href, headers.get("host")]);
    expect(await jsonOf(app.request("/a/b?c=d"))).toEqual([200, ["http://localhost/a/b?c=d", "localhost"]]);
    expect(await jsonOf(app.request("a"))).toEqual([200, ["http://localhost/a", "localhost"]]);
    expect(await jsonOf(app.request(""))).toEqual([200, ["http://localhost/", "localhost"]]);
  });

  test("a whole address and a Request keep theirs", async () => {
    const app = new App().get("/*path", ({ url }) => url.href);
    expect(await textOf(app.request("http://example.com:81/a"))).toEqual([200, "http://example.com:81/a"]);
    expect(await textOf(app.request(new Request("http://example.com/b?c")))).toEqual([200, "http://example.com/b?c"]);
  });

  test("init is that of fetch, and comes over what a Request says", async () => {
    const app = new App().all("/", async ({ method, headers, text }) => [method, headers.get("x-own"), await text()]);
    const request = new Request("http://localhost/", { method: "POST", body: "one", headers: { "x-own": "1" } });
    expect(await jsonOf(app.request(request.clone() as Request))).toEqual([200, ["POST", "1", "one"]]);
    const init = { method: "PUT", body: "two", headers: { "x-own": "2" } };
    expect(await jsonOf(app.request(request, init))).toEqual([200, ["PUT", "2", "two"]]);
  });

  test("redirects are answers, not followed", async () => {
    const response = await new App().get("/", ({ redirect }) => redirect("/there")).request("/");
    expect([response.status, response.headers.get("location")]).toEqual([302, "/there"]);
  });

  test("without listen, before it, beside it and behind it", async () => {
    const app = new App().get("/", ({ path }) => `at ${path}`);
    const seen = [200, "at /"] as [number, string];
    expect(await textOf(app.request("/"))).toEqual(seen);
    const server = await listen(app);
    expect(await Promise.all([textOf(app.request("/")), textOf(fetch(server.url))])).toEqual([seen, seen]);
    // It is no request of that server.
    expect(server.stats().requests).toBe(1);
    await server.stop();
    expect(await textOf(app.request("/"))).toEqual(seen);
  });

  test("through the same core: it refuses what can't be an application", async () => {
    const clash = new App().get("/:a", "1").get("/:b", "2");
    await expect(clash.request("/")).rejects.toThrow(RouteError);
    await expect(clash.request("/")).rejects.toThrow(RouteError);
  });

  test("a stream is streamed, and a body that nobody reads holds nothing up", async () => {
    let made = 0;
    const app = new App()
      .get("/", async function* () {
        for (made = 0; made < 1_000; made++) yield Buffer.alloc(100_000, "x");
      })
      .get("/small", "small");
    const response = await app.request("/");
    await Bun.sleep(100);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(500);
    expect(await textOf(app.request("/small"))).toEqual([200, "small"]);
    expect((await response.bytes()).length).toBe(100_000_000);
  });

  test("a body that is a stream is sent as one", async () => {
    const app = new App().post("/", async ({ text }) => text());
    const body = new ReadableStream({
      async start(controller) {
        for (const piece of ["in ", "two pieces"]) {
          controller.enqueue(new TextEncoder().encode(piece));
          await Bun.sleep(1);
        }
        controller.close();
      },
    });
    expect(await textOf(app.request("/", { method: "POST", body }))).toEqual([200, "in two pieces"]);
  });
});
