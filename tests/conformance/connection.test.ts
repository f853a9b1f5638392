// How long a connection lives: HTTP/1.0 and 1.1, the lists in Connection, and upgrades that nobody takes.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, RawClient, request } from "../support/raw.ts";

let behind = 0;
const app = new App()
  .get("/constant", "constant")
  .get("/sync", () => "sync")
  .get("/async", async () => {
    await Bun.sleep(1);
    return "async";
  })
  .post("/body", async ({ text }) => await text())
  .get("/behind", () => {
    behind++;
    return "behind";
  });
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

const paths = ["/constant", "/sync", "/async", "/missing"];

describe.each(paths)("%s", (path) => {
  const lasting: [version: string, headers: string, said: string | null][] = [
    ["1.1", "", null],
    ["1.1", "Connection: keep-alive\r\n", null],
    ["1.1", "Connection: KEEP-ALIVE\r\n", null],
    ["1.1", "Connection:\r\n", null],
    ["1.1", "Connection: , ,\r\n", null],
    ["1.1", "Connection: closed\r\n", null],
    ["1.1", "Connection: close-x, x-close\r\n", null],
    ["1.1", "Connection: upgrade\r\nUpgrade: websocket\r\n", null],
    ["1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", null],
    ["1.1", "Upgrade: websocket\r\n", null],
    ["1.1", "Keep-Alive: timeout=5\r\n", null],
    ["1.0", "Connection: keep-alive\r\n", "keep-alive"],
    ["1.0", "Connection: x, Keep-Alive\r\n", "keep-alive"],
    ["1.0", "Connection: x\r\nConnection: keep-alive\r\n", "keep-alive"],
  ];
  test.each(lasting)("goes on after HTTP/%s with %j", async (version, headers, said) => {
    using client = await RawClient.open(server);
    client.send(`GET ${path} HTTP/${version}\r\nHost: test\r\n${headers}\r\n`);
    const first = await client.answer();
    expect(first.status).toBe(path === "/missing" ? 404 : 200);
    expect(first.header("connection")).toBe(said);
    client.send(request(path));
    expect((await client.answer()).status).toBe(first.status);
    client.finish();
    await client.ended();
  });

  const last: [version: string, headers: string][] = [
    ["1.1", "Connection: close\r\n"],
    ["1.1", "Connection: CLOSE\r\n"],
    ["1.1", "Connection: keep-alive, close\r\n"],
    ["1.1", "Connection: close, keep-alive\r\n"],
    ["1.1", "Connection:close\t,\tx\r\n"],
    ["1.1", "Connection: keep-alive\r\nConnection: close\r\n"],
    ["1.1", "Connection: close\r\nX: y\r\nConnection: keep-alive\r\n"],
    ["1.0", ""],
    ["1.0", "Connection: close\r\n"],
    ["1.0", "Connection: keep-alive, close\r\n"],
    ["1.0", "Connection: x\r\n"],
    ["1.0", "Keep-Alive: timeout=5\r\n"],
  ];
  test.each(last)("ends after HTTP/%s with %j", async (version, headers) => {
    using client = await RawClient.open(server);
    client.send(`GET ${path} HTTP/${version}\r\nHost: test\r\n${headers}\r\n${request("/behind")}`);
    const only = await client.answer();
    expect(only.status).toBe(path === "/missing" ? 404 : 200);
    expect(only.header("connection")).toBe("close");
    expect(await client.ended()).toBe("end");
    expect(behind).toBe(0);
  });
});

test("an answer to HTTP/1.0 is framed by its length", async () => {
  for (const path of paths) {
    const answer = await ask(server, `GET ${path} HTTP/1.0\r\n\r\n`);
    expect(answer.header("content-length")).toBe(String(answer.body.length));
    expect(answer.header("transfer-encoding")).toBe(null);
  }
});

test("a body in HTTP/1.0", async () => {
  const answer = await ask(server, "POST /body HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
  expect(answer.text).toBe("hello");
  expect(answer.closes).toBe(true);
});

test("a body of a request that asks for an upgrade, which is ignored", async () => {
  using client = await RawClient.open(server);
  client.send(
    "POST /body HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: HTTP/2.0\r\nContent-Length: 5\r\n\r\nhello",
    request("/sync"),
  );
  const [first, second] = await client.answers(2);
  expect(first!.status).toBe(200);
  expect(first!.text).toBe("hello");
  expect(first!.header("upgrade")).toBe(null);
  expect(second!.text).toBe("sync");
});
