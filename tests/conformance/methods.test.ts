// What the core answers about paths: 404, 405 with Allow, and OPTIONS.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { ask, askAll, request } from "../support/raw.ts";

const app = new App()
  .get("/get", "get")
  .post("/post", () => "post")
  .put("/many", () => "put")
  .patch("/many", () => "patch")
  .delete("/many", () => "delete")
  .get("/many", () => "get")
  .options("/options", ({ set }) => {
    set("x-own", "options");
    return "own";
  })
  .get("/options", "get")
  .head("/head", () => undefined)
  .all("/all", ({ method }) => method)
  .get("/users/:id", ({ params }) => params.id)
  .delete("/users/me", () => "me");
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const allowed: [path: string, allow: string][] = [
  ["/get", "GET, HEAD, OPTIONS"],
  ["/post", "POST, OPTIONS"],
  ["/many", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"],
  ["/head", "HEAD, OPTIONS"],
  ["/users/42", "GET, HEAD, OPTIONS"],
  // Two paths that match the same: together.
  ["/users/me", "GET, HEAD, DELETE, OPTIONS"],
];

describe.each(allowed)("%s", (path, allow) => {
  test.each(methods)("%s", async (method) => {
    const answer = await ask(server, request(path, { method }), method);
    if (method === "OPTIONS") {
      expect([answer.status, answer.header("allow")]).toEqual([204, allow]);
    } else if (allow.split(", ").includes(method)) {
      expect([200, 204]).toContain(answer.status);
      expect(answer.header("allow")).toBe(null);
    } else {
      expect([answer.status, answer.header("allow")]).toEqual([405, allow]);
      if (method !== "HEAD") expect(answer.json()).toEqual({ detail: "Method Not Allowed" });
    }
  });
});

test("a route for OPTIONS is asked before the core", async () => {
  const answer = await ask(server, request("/options", { method: "OPTIONS" }));
  expect([answer.text, answer.header("x-own")]).toEqual(["own", "options"]);
  const refused = await ask(server, request("/options", { method: "PUT" }));
  expect(refused.header("allow")).toBe("GET, HEAD, OPTIONS");
});

test("all answers every method", async () => {
  const answers = await askAll(server, methods.map((method) => request("/all", { method })).join(""), methods);
  expect(answers.map(({ status }) => status)).toEqual(methods.map(() => 200));
  expect(answers.map(({ text }) => text)).toEqual(methods.map((method) => (method === "HEAD" ? "" : method)));
});

test.each(methods)("404 for %s, and the body of its request is skipped", async (method) => {
  const body = method === "GET" || method === "HEAD" ? "" : "some body";
  const text = request("/missing", { method, body }) + request("/get");
  const [missing, next] = await askAll(server, text, [method, "GET"]);
  expect(missing!.status).toBe(404);
  if (method !== "HEAD") expect(missing!.json()).toEqual({ detail: "Not Found" });
  expect(missing!.header("allow")).toBe(null);
  expect(next!.text).toBe("get");
});

test("an application without routes", async () => {
  await using empty = await new App().listen({ port: 0, hostname: "127.0.0.1" });
  const answers = await askAll(empty, request("/") + request("/a/b", { method: "POST", body: "x" }), 2);
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
});
