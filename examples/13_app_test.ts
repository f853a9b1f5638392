// Testing: `app.request()` asks the application through the same core, without a port and without a server to stop.
//
//   bun test ./examples/13_app_test.ts

import { describe, expect, test } from "bun:test";
import { App, HttpError } from "@fasterapi/bun";

/** What is to be tested: made by a function, so that each test has one of its own. */
function library() {
  const books = new Map([[1, "The Art of Computer Programming"]]);
  return new App()
    .get("/books/:id", ({ params }) => {
      const title = books.get(Number(params.id));
      if (title === undefined) throw new HttpError(404, `There is no book ${params.id}`);
      return { title };
    })
    .post("/books", async ({ json, headers, status, set }) => {
      if (headers.get("authorization") !== "Bearer librarian") throw new HttpError(403, "For librarians");
      const { title } = (await json()) as { title: string };
      const id = books.size + 1;
      books.set(id, title);
      status(201);
      set("location", `/books/${id}`);
      return { id };
    });
}

describe("a library", () => {
  test("lends a book", async () => {
    // A web `Response`, as `fetch` gives one.
    const response = await library().request("/books/1");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ title: "The Art of Computer Programming" });
  });

  test("takes a new one, from librarians", async () => {
    const app = library();
    const init = { method: "POST", body: JSON.stringify({ title: "Ideal und Wirklichkeit" }) };
    expect((await app.request("/books", init)).status).toBe(403);
    const made = await app.request("/books", { ...init, headers: { authorization: "Bearer librarian" } });
    expect([made.status, made.headers.get("location")]).toEqual([201, "/books/2"]);
    expect(await (await app.request("/books/2")).json()).toEqual({ title: "Ideal und Wirklichkeit" });
  });

  test("says what it doesn't have, and what is no request", async () => {
    const missing = await library().request("/books/7");
    expect([missing.status, await missing.json()]).toEqual([404, { detail: "There is no book 7" }]);
    const wrong = await library().request("/books/1", { method: "DELETE" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });
});
