// What goes wrong in a handler is said once, with the route's name; the client learns nothing but a number to ask about.
import { afterEach, beforeEach, expect, type Mock, spyOn, test } from "bun:test";
import { App, HttpError, type Server } from "@fasterapi/bun";
import { Wire } from "../support/wire.ts";

let said: Mock<typeof console.error>;
beforeEach(() => {
  said = spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  said.mockRestore();
});

const inner = () => {
  throw new Error("a secret");
};
const app = (development: boolean) =>
  new App({ development })
    .get("/sync/:id", inner)
    .post("/async/:id", async () => {
      await Bun.sleep(1);
      inner();
    })
    .get("/value", () => 1n)
    .all("/all/*rest", () => Promise.reject(new TypeError("a secret")))
    .get("/http/:status", ({ params }) => {
      throw new HttpError(Number(params.status), "said to the client");
    });

async function ask(server: Server, method: string, path: string) {
  using wire = await Wire.open(server);
  wire.ask(path, method);
  return await wire.answer();
}

for (const development of [true, false]) {
  const mode = development ? "development" : "production";
  for (const [method, path, name, message] of [
    ["GET", "/sync/7", "GET /sync/:id", "a secret"],
    ["POST", "/async/7", "POST /async/:id", "a secret"],
    ["GET", "/value", "GET /value", "BigInt"],
    ["PUT", "/all/of/this", "ALL /all/*rest", "a secret"],
  ] as const) {
    test(`${mode}: ${name}`, async () => {
      await using server = await app(development).listen({ port: 0, hostname: "127.0.0.1" });
      const { status, body, headers } = await ask(server, method, path);
      expect([status, body]).toEqual([500, '{"detail":"Internal Server Error"}']);
      expect(said).toHaveBeenCalledTimes(1);
      const text = said.mock.calls[0]!.map((part) => (typeof part === "string" ? part : Bun.inspect(part))).join(" ");
      expect(text).toContain(name);
      expect(text).toContain(message);
      // Where it was.
      if (message === "a secret" && name !== "ALL /all/*rest") expect(text).toContain("inner");
      expect(text).toContain(headers.get("x-error-id")!);
      expect([...headers.values()].join()).not.toContain("secret");
    });
  }

  test(`${mode}: an HttpError is an answer and is not logged`, async () => {
    await using server = await app(development).listen({ port: 0, hostname: "127.0.0.1" });
    for (const code of [400, 404, 418, 500, 503]) {
      const { status, body, headers } = await ask(server, "GET", `/http/${code}`);
      expect([status, body]).toEqual([code, '{"detail":"said to the client"}']);
      expect(headers.has("x-error-id")).toBe(false);
    }
    expect(said).not.toHaveBeenCalled();
  });
}

test("each time is said, and not only the first", async () => {
  await using server = await app(false).listen({ port: 0, hostname: "127.0.0.1" });
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) ids.add((await ask(server, "GET", "/sync/7")).headers.get("x-error-id")!);
  expect(said).toHaveBeenCalledTimes(20);
  expect(ids.size).toBe(20);
});

test("a console that throws costs nobody an answer", async () => {
  said.mockImplementation(() => {
    throw new Error("no console");
  });
  await using server = await app(false).listen({ port: 0, hostname: "127.0.0.1" });
  for (const path of ["/sync/7", "/value", "/http/418", "/sync/7"]) {
    expect((await ask(server, "GET", path)).status).toBe(path === "/http/418" ? 418 : 500);
  }
});

test("development says once for a route what JSON loses, and where", async () => {
  const warned = spyOn(console, "warn").mockImplementation(() => undefined);
  const lossy = (development: boolean) =>
    new App({ development })
      .get("/users/:id", () => ({ users: [{ posts: Promise.resolve([]) }] }))
      .get("/tags", async () => ({ tags: new Set(["a"]) }))
      .get("/fine", () => ({ tags: {} }));
  for (const development of [true, false]) {
    await using server = await lossy(development).listen({ port: 0, hostname: "127.0.0.1" });
    for (const path of ["/users/7", "/users/8", "/tags", "/tags", "/fine"]) {
      expect((await ask(server, "GET", path)).status).toBe(200);
    }
  }
  expect(warned.mock.calls.flat()).toEqual([
    expect.stringMatching(/^GET \/users\/:id: in what was returned, value\.users\[0\]\.posts is a Promise.* await it/),
    expect.stringMatching(/^GET \/tags: in what was returned, value\.tags is a Set.*\[\.\.\.set\]$/),
  ]);
  warned.mockRestore();
});
