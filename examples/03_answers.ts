// What a handler may return, and how it says the rest.
//
//   bun run examples/03_answers.ts
//   curl -i localhost:3000/created -X POST ; curl -i localhost:3000/old ; curl -i localhost:3000/missing

import { App, HttpError } from "@fasterapi/bun";

const app = new App()
  // Constants: made once, answered by the core.
  .get("/text", "plain text")
  .get("/config", { version: 1, features: ["a", "b"] })
  .get("/page", new Response("<h1>Hello</h1>", { headers: { "content-type": "text/html; charset=utf-8" } }))
  // What a handler returns.
  .get("/object", () => ({ now: new Date(0) }))
  .get("/bytes", () => new Uint8Array([1, 2, 3]))
  .get("/nothing", () => undefined)
  .get("/response", () => new Response("as it says", { status: 203, headers: { "x-kind": "response" } }))
  .get("/later", async () => {
    await Bun.sleep(10);
    return { late: true };
  })
  // Status and headers.
  .post("/created", ({ status, set, append }) => {
    status(201);
    set("location", "/object");
    append("set-cookie", "a=1; HttpOnly");
    append("set-cookie", "b=2; HttpOnly");
    return { ok: true };
  })
  .get("/old", ({ redirect }) => redirect("/text", 301))
  // Failures: what is thrown becomes the answer.
  .get("/missing", () => {
    throw new HttpError(404, "There is no such thing");
  })
  .get("/broken", () => {
    throw new Error("This is logged, and the client sees nothing of it");
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
