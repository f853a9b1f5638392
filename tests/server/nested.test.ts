// Handlers, and what they return, may turn the event loop: no request may see another one's bytes then.
import { expect, test } from "bun:test";
import { App, type Server } from "@fasterapi/bun";

/** What `expect(promise).resolves` and plugins of `Bun.build` do. */
function turnEventLoop(): void {
  expect(Bun.sleep(5)).resolves.toBeUndefined();
}

const app = new App({ timeouts: { handlerMs: 20_000 } })
  .get("/handler/:id", ({ params, headers }) => {
    turnEventLoop();
    return `${params.id} ${headers.get("x-id")}`;
  })
  .get("/value/:id", async ({ params, headers }) => {
    await null;
    return {
      toJSON() {
        turnEventLoop();
        return `${params.id} ${headers.get("x-id")}`;
      },
    };
  })
  .get("/late/:id", async ({ params, headers }) => {
    await Bun.sleep(1);
    return {
      toJSON() {
        turnEventLoop();
        return `${params.id} ${headers.get("x-id")}`;
      },
    };
  })
  .get("/plain/:id", async ({ params, headers }) => {
    await null;
    return { toJSON: () => `${params.id} ${headers.get("x-id")}` };
  });

async function ask(server: Server, kind: string, id: string): Promise<string> {
  const answer = await fetch(`${server.url}${kind}/${id}`, { headers: { "x-id": id } });
  const text = await answer.text();
  return text.startsWith('"') ? JSON.parse(text) : text;
}

test.each([
  ["handlers", ["handler", "plain", "plain"]],
  ["values of batches", ["value", "plain", "plain"]],
  ["values that come late", ["late", "plain", "handler"]],
  ["all of it", ["handler", "value", "plain", "late"]],
])("%s that turn the event loop", async (_, kinds) => {
  await using server = await app.listen({ port: 0, hostname: "127.0.0.1" });
  for (let round = 0; round < 10; round++) {
    const ids = Array.from({ length: 24 }, (_, i) => `${round}-${i}`);
    const answers = await Promise.all(ids.map((id, i) => ask(server, kinds[i % kinds.length]!, id)));
    expect(answers).toEqual(ids.map((id) => `${id} ${id}`));
  }
});

test("a handler that takes too long while its answer is being made is answered once, and nobody else gets that", async () => {
  const hasty = new App({ timeouts: { handlerMs: 50 } })
    .get("/slow", async () => {
      await Bun.sleep(40);
      return {
        toJSON() {
          expect(Bun.sleep(100)).resolves.toBeUndefined();
          return "slow";
        },
      };
    })
    .get("/quick/:id", async ({ params }) => {
      await Bun.sleep(1);
      return params.id;
    });
  await using server = await hasty.listen({ port: 0, hostname: "127.0.0.1" });
  const slow = fetch(`${server.url}slow`).then((answer) => answer.text());
  for (let i = 0; i < 60; i++) expect(await (await fetch(`${server.url}quick/${i}`)).text()).toBe(`${i}`);
  expect(await slow).toBe('"slow"');
});
