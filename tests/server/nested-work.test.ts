// Handlers that wait in the middle of a synchronous call, for a request of the same server or for a bundler's plugin.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, HttpError, type Server } from "@fasterapi/bun";
import { within } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

const folder = mkdtempSync(join(tmpdir(), "fasterapi-nested-"));
writeFileSync(join(folder, "entry.ts"), 'import made from "made"; console.log(made);');

/** With a plugin that is asynchronous, so that the bundler's thread waits for this one. */
async function build(id: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(folder, "entry.ts")],
    plugins: [
      {
        name: "made",
        setup(bundler) {
          bundler.onResolve({ filter: /^made$/ }, async () => {
            await Bun.sleep(1);
            return { path: "made", namespace: "made" };
          });
          bundler.onLoad({ filter: /.*/, namespace: "made" }, async () => {
            await Bun.sleep(1);
            return { contents: `export default "built for ${id}"`, loader: "js" };
          });
        },
      },
    ],
  });
  return await outputs[0]!.text();
}

const app = new App()
  // Turns the event loop inside of the handler until another request of this very server is answered.
  .post("/asks/:id", ({ params, headers, query, body, set }) => {
    const inner = fetch(`${server.url}inner/${params.id}`, { method: "POST", body: "inner body" });
    expect(inner.then((answer) => answer.text())).resolves.toBe(`inner ${params.id} inner body`);
    set("x-id", params.id);
    return [params.id, headers.get("x-id"), query["q"], body];
  })
  .post("/inner/:id", async ({ params, text }) => {
    await Bun.sleep(1);
    return `inner ${params.id} ${await text()}`;
  })
  // The other way round: what was not looked at before the turn is still there after it.
  .post("/lazy/:id", (context) => {
    expect(Bun.sleep(3)).resolves.toBeUndefined();
    const { params, headers, query, body, path } = context;
    return [params.id, headers.get("x-id"), query["q"], body, path];
  })
  .post("/throws/:id", ({ params }) => {
    expect(Bun.sleep(2)).resolves.toBeUndefined();
    throw new HttpError(418, params.id);
  })
  .get("/builds/:id", async ({ params }) => ({ built: await build(params.id), id: params.id }))
  .get("/plain/:id", ({ params }) => params.id)
  .get("/constant", "constant");
const server: Server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function post(path: string, id: string): string {
  const body = JSON.stringify({ id });
  const head = `Host: test\r\nX-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `POST ${path}/${id}?q=${id} HTTP/1.1\r\n${head}\r\n\r\n${body}`;
}

test("a request of the same server is answered while a handler waits for it in a synchronous call", async () => {
  const client = async (number: number) => {
    using wire = await Wire.open(server);
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 8 }, (_, i) => `${number}-${round}-${i}`);
      const kinds = ["/asks", "/lazy", "/throws", "/inner"];
      wire.send(
        ids.flatMap((id, i) => [post(kinds[i % 4]!, id), `GET /plain/${id} HTTP/1.1\r\nHost: a\r\n\r\n`]).join(""),
      );
      for (const [i, id] of ids.entries()) {
        const expected = [
          [id, id, id, { id }],
          [id, id, id, { id }, `/lazy/${id}`],
          { detail: id },
          `inner ${id} ${JSON.stringify({ id })}`,
        ][i % 4];
        const { body, headers } = await wire.answer();
        expect(i % 4 === 3 ? body : JSON.parse(body)).toEqual(expected);
        if (i % 4 === 0) expect(headers.get("x-id")).toBe(id);
        expect((await wire.answer()).body).toBe(id);
      }
    }
  };
  await within(15_000, "All of it", Promise.all([0, 1, 2, 3].map(client)));
}, 40_000);

test("a bundler's asynchronous plugin, while others are answered", async () => {
  const builder = async (number: number) => {
    using wire = await Wire.open(server);
    for (let round = 0; round < 3; round++) {
      const id = `${number}-${round}`;
      wire.ask(`/builds/${id}`);
      wire.ask("/constant");
      const { built, id: said } = JSON.parse((await wire.answer()).body);
      expect(said).toBe(id);
      expect(built).toContain(`"built for ${id}"`);
      expect((await wire.answer()).body).toBe("constant");
    }
  };
  let isOver = false;
  let answered = 0;
  const others = async () => {
    using wire = await Wire.open(server);
    while (!isOver) {
      wire.ask(`/plain/${answered}`);
      expect((await wire.answer()).body).toBe(`${answered++}`);
    }
  };
  const asking = others();
  await within(30_000, "All builds", Promise.all([0, 1, 2].map(builder)));
  isOver = true;
  await asking;
  expect(answered).toBeGreaterThan(20);
}, 40_000);

test("handlers that fail while another one turns the event loop: nobody else hears of it", async () => {
  const unheard: unknown[] = [];
  const listener = (reason: unknown) => unheard.push(reason);
  process.on("unhandledRejection", listener);
  await using failing = await new App()
    .get("/at-once", async () => {
      throw new HttpError(418, "at once");
    })
    .get("/soon", async () => {
      await null;
      throw new HttpError(418, "soon");
    })
    .get("/later", async () => {
      await Bun.sleep(1);
      throw new HttpError(418, "later");
    })
    .get("/turns", () => {
      expect(Bun.sleep(5)).resolves.toBeUndefined();
      return "turned";
    })
    .get("/turns-soon", async () => {
      await null;
      expect(Bun.sleep(5)).resolves.toBeUndefined();
      return "turned";
    })
    .listen({ port: 0, hostname: "127.0.0.1" });
  try {
    using wire = await Wire.open(failing);
    for (const turns of ["/turns", "/turns-soon"]) {
      for (const fails of ["/at-once", "/soon", "/later"]) {
        wire.askAll([fails, turns, fails]);
        expect((await wire.answers(3)).map(({ status }) => status)).toEqual([418, 200, 418]);
      }
    }
    await Bun.sleep(20);
    expect(unheard).toEqual([]);
  } finally {
    process.off("unhandledRejection", listener);
  }
});

test("a server can be stopped while a handler turns the event loop", async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const stopping: Server = await new App()
    .get("/", () => {
      stopping.stop().then(resolve);
      expect(Bun.sleep(20)).resolves.toBeUndefined();
      return "the last";
    })
    .listen({ port: 0, hostname: "127.0.0.1" });
  using wire = await Wire.open(stopping);
  using idle = await Wire.open(stopping);
  wire.ask("/");
  const { body, headers } = await wire.answer();
  expect([body, headers.get("connection")]).toEqual(["the last", "close"]);
  await within(5_000, "stop", stopped);
  await idle.closed();
});
