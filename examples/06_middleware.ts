// Middleware: what runs around every request. It may add to the answer, refuse, or change the value.
//
//   bun run examples/06_middleware.ts
//   curl -i localhost:3000/ ; curl -i localhost:3000/nowhere
//   curl -i localhost:3000/me ; curl localhost:3000/me -H 'authorization: Bearer ada'

import { App, HttpError, type Middleware } from "@fasterapi/bun";

/** Goes around everything inside of it: `next()` gives the handler's value, or throws what it throws. */
const timed: Middleware = async ({ method, path, set }, next) => {
  const start = performance.now();
  try {
    await next();
  } finally {
    const ms = performance.now() - start;
    set("server-timing", `app;dur=${ms.toFixed(1)}`);
    console.log(`${method} ${path} took ${ms.toFixed(1)} ms`);
  }
  // Nothing is returned, so the value stays what it was.
};

const security: Middleware = ({ set }, next) => {
  set("x-content-type-options", "nosniff");
  set("referrer-policy", "no-referrer");
  return next();
};

/** Objects are wrapped; what is no object goes out as it is. */
const enveloped: Middleware = async (_, next) => {
  const value = await next();
  return typeof value === "object" ? { data: value } : value;
};

const users = new Map([["ada", { name: "Ada" }]]);

// 404, 405 and OPTIONS are covered too; only the order among middleware means something.
const app = new App()
  .use(timed)
  .use(security)
  .use(enveloped)
  // What is derived is part of `state` for the routes behind it, with its type.
  .derive(({ headers }) => ({ user: users.get(headers.get("authorization")?.replace(/^Bearer /, "") ?? "") }))
  .get("/", "Hello")
  .get("/me", ({ state }) => {
    if (!state.user) throw new HttpError(401, "Who are you?", { headers: { "www-authenticate": "Bearer" } });
    return state.user;
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
