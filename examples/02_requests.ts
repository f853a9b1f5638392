// Everything that a request carries, given back as JSON.
//
//   bun run examples/02_requests.ts
//   curl 'localhost:3000/inspect/a%20b/c/d?tag=x&tag=y' -H 'cookie: theme=dark'
//   curl localhost:3000/json -d '{"a": [1, 2]}' ; curl localhost:3000/json -d '{"a": ]'
//   curl localhost:3000/form -F title=Hello -F file=@README.md

import { App } from "@fasterapi/bun";

const app = new App()
  .all("/inspect/:first/*rest", ({ method, path, params, query, cookies, headers, ip, url }) => ({
    method,
    path,
    params,
    query,
    cookies,
    agent: headers.get("user-agent"),
    headers: Object.fromEntries(headers),
    ip,
    url,
  }))
  // Malformed JSON is a 422 that says where it is broken.
  .post("/json", async ({ json }) => ({ got: await json() }))
  // `body` is what the Content-Type says: JSON, text, fields of a form, else bytes.
  .post("/body", ({ body }) => ({ type: body instanceof Uint8Array ? "bytes" : typeof body }))
  .post("/form", async ({ form }) => {
    const fields = await form();
    const file = fields.get("file");
    return { title: fields.get("title"), bytes: file instanceof File ? file.size : 0 };
  })
  // `signal` aborts when the client goes away.
  .get("/slow", async ({ signal }) => {
    for (let step = 0; step < 20 && !signal.aborted; step++) await Bun.sleep(50);
    if (signal.aborted) console.log("The client didn't wait");
    return "done";
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
