// A format of one's own for what is wrong with a request: one `onError` for every route.
//
//   bun run examples/16_error_format.ts
//   curl -i localhost:3000/accounts -d '{"email": "ada", "password": "123"}' -H 'content-type: application/json'
//   curl -i localhost:3000/accounts -d '{' -H 'content-type: application/json'
//   curl -i localhost:3000/nowhere

import { App, HttpError, t, ValidationError } from "@fasterapi/bun";

const NewAccount = t.Object({
  email: t.String({ format: "email" }),
  // Never repeated in an answer.
  password: t.String({ minLength: 8, writeOnly: true }),
  profile: t.Optional(t.Object({ age: t.Integer({ minimum: 0 }) })),
});

const taken = new Set(["ada@example.org"]);

const app = new App()
  .onError((error, { set }) => {
    set("content-type", "application/problem+json");
    // Before HttpError: it is one.
    if (error instanceof ValidationError) {
      const errors = error.failures.map(({ loc, msg, type }) => ({
        pointer: `#/${loc.join("/")}`,
        detail: msg,
        code: type,
      }));
      return { title: "The request is not as it should be", status: 422, errors };
    }
    if (error instanceof HttpError) return { title: error.message, status: error.status };
    // The usual answer, and the usual line in the log.
    return undefined;
  })
  .post("/accounts", { body: NewAccount }, ({ body, status }) => {
    // What only the application knows can be said in the same words.
    if (taken.has(body.email))
      throw new ValidationError([{ loc: ["body", "email"], msg: "Taken already", type: "taken" }]);
    taken.add(body.email);
    status(201);
    return { email: body.email };
  });

const server = await app.listen();
console.log(`Listening on ${server.url}`);
