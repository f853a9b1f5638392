// App: listen and the Server that it resolves to. Said of sockets, so asked over them alone.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, type FasterApiError, ListenError, type Server } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";
import { failureOf, listen, textOf } from "./support.ts";

const hello = () => new App().get("/", "hello");
const hostname = "127.0.0.1";

/** A handler that waits for `open`. */
function door() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

const requests = (server: Server, count: number) =>
  eventually(
    () => server.stats().requests >= count,
    () => `${count} requests, not ${server.stats().requests}`,
  );

describe("listen({ port, hostname, unix, reusePort }) resolves to Server", () => {
  test("port: 0 picks one; port, hostname and url say where it listens", async () => {
    await using server = await hello().listen({ port: 0, hostname });
    await using other = await hello().listen({ port: 0, hostname });
    expect(server.port).toBeGreaterThan(0);
    expect(other.port).not.toBe(server.port);
    expect(server.hostname).toBe(hostname);
    expect(server.url).toBeInstanceOf(URL);
    expect(server.url.href).toBe(`http://${hostname}:${server.port}/`);
    expect(await textOf(fetch(server.url))).toEqual([200, "hello"]);
  });

  test("the port that is asked for", async () => {
    const first = await hello().listen({ port: 0, hostname });
    const { port } = first;
    await first.stop();
    await using server = await hello().listen({ port, hostname });
    expect(server.port).toBe(port);
    expect(await textOf(fetch(`http://${hostname}:${port}/`))).toEqual([200, "hello"]);
  });

  test("a port that is taken is an error with the system's code", async () => {
    await using server = await listen(hello());
    const error = await failureOf(hello().listen({ port: server.port, hostname }));
    expect(error).toBeInstanceOf(ListenError);
    expect((error as FasterApiError).code).toBe("EADDRINUSE");
  });

  test("reusePort: several may listen at one port, and each connection reaches one of them", async () => {
    await using one = await new App().get("/", "one").listen({ port: 0, hostname, reusePort: true });
    await using two = await new App().get("/", "two").listen({ port: one.port, hostname, reusePort: true });
    const seen = new Set<string>();
    await eventually(async () => {
      using client = await RawClient.open(two);
      client.send(request("/"));
      seen.add((await client.answer()).text);
      return seen.size === 2;
    }, "both to be asked");
    expect([...seen].sort()).toEqual(["one", "two"]);
  });

  test("an app may listen more than once", async () => {
    const app = hello();
    await using one = await listen(app);
    await using two = await listen(app);
    for (const server of [one, two]) expect(await textOf(fetch(server.url))).toEqual([200, "hello"]);
  });

  test("unix: a socket's file, which stop() removes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "contract-"));
    const unix = join(folder, "app.sock");
    try {
      const server = await new App().get("/", ({ ip, path }) => `${path} from ${JSON.stringify(ip)}`).listen({ unix });
      expect(existsSync(unix)).toBe(true);
      expect([server.port, server.hostname, server.url.href]).toEqual([0, "", `unix://${unix}`]);
      expect(await textOf(fetch("http://localhost/", { unix }))).toEqual([200, '/ from ""']);
      await server.stop();
      expect(existsSync(unix)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("stats() counts", async () => {
  await using server = await listen(new App().get("/", "constant").get("/handler", () => "handler"));
  using client = await RawClient.open(server);
  expect(server.stats()).toMatchObject({ requests: 0, responses2xx: 0, responses4xx: 0 });
  client.send(request("/") + request("/handler") + request("/nowhere"));
  await client.answers(3);
  expect(server.stats()).toMatchObject({ connectionsOpen: 1, requests: 3, responses2xx: 2, responses4xx: 1 });
});

describe("stop({ drainMs })", () => {
  test("answers every request whose head was complete, the last on each connection with Connection: close", async () => {
    const { opened, open } = door();
    const app = new App().get("/constant", "constant").get("/waits/:id", async ({ params }) => {
      await opened;
      return params.id;
    });
    const server = await listen(app);
    using one = await RawClient.open(server);
    using other = await RawClient.open(server);
    one.send(request("/waits/1"));
    other.send(request("/waits/2") + request("/constant") + request("/waits/3"));
    await requests(server, 4);
    let isStopped = false;
    const stopped = server.stop({ drainMs: 5_000 }).then(() => {
      isStopped = true;
    });
    await Bun.sleep(20);
    expect(isStopped).toBe(false);
    open();
    const [first, ...rest] = [await one.answer(), ...(await other.answers(3))];
    expect([first!.text, first!.closes]).toEqual(["1", true]);
    expect(rest.map(({ text, closes }) => [text, closes])).toEqual([
      ["2", false],
      ["constant", false],
      ["3", true],
    ]);
    for (const client of [one, other]) client.finish();
    await Promise.all([one.ended(), other.ended(), stopped]);
  });

  test("a request whose head was complete is answered although its body comes later", async () => {
    const server = await listen(new App().post("/", ({ text }) => text()));
    using client = await RawClient.open(server);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    await eventually(() => server.stats().bytesIn >= 50, "the first half to be read");
    const stopped = server.stop({ drainMs: 5_000 });
    await Bun.sleep(20);
    client.send("def");
    const answer = await client.answer();
    expect([answer.status, answer.text, answer.closes]).toEqual([200, "abcdef", true]);
    client.finish();
    await client.ended();
    await stopped;
  });

  test("accepts nothing more", async () => {
    const server = await listen(hello());
    await server.stop();
    await expect(RawClient.open(server)).rejects.toThrow();
  });

  test("closes idle connections at once", async () => {
    const { opened, open } = door();
    const server = await listen(
      new App().get("/", "x").get("/waits", async () => {
        await opened;
        return "x";
      }),
    );
    using fresh = await RawClient.open(server);
    using used = await RawClient.open(server);
    using busy = await RawClient.open(server);
    used.send(request("/"));
    await used.answer();
    busy.send(request("/waits"));
    await requests(server, 2);
    await eventually(() => server.stats().connectionsOpen === 3, "three connections");
    const stopped = server.stop({ drainMs: 5_000 });
    await Promise.all([fresh.ended(), used.ended()]);
    // All of that while another is still being answered.
    open();
    expect((await busy.answer()).closes).toBe(true);
    busy.finish();
    await stopped;
  });

  test("what takes longer than drainMs is cut off", async () => {
    const server = await listen(new App().get("/", () => new Promise(() => undefined)));
    using client = await RawClient.open(server);
    client.send(request("/"));
    await requests(server, 1);
    const start = performance.now();
    await server.stop({ drainMs: 100 });
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(80);
    expect(took).toBeLessThan(3_000);
    await client.ended();
  });

  test("may be called twice, at once and later", async () => {
    const server = await listen(hello());
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    await server.stop({ drainMs: 0 });
    await expect(RawClient.open(server)).rejects.toThrow();
  });
});
