// Everything at once, at random: each answer is the one to its request, whatever the clients around it do.
import { expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { App, HttpError, type Server } from "@fasterapi/bun";
import { randomOf } from "../support/random.ts";
import { eventually, within } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

/** Longer finds more: by hand a minute is a good start. */
const seconds = Number(process.env["FASTERAPI_SOAK_SECONDS"] ?? 5);
const seed = Number(process.env["FASTERAPI_SOAK_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

const storage = new AsyncLocalStorage<string>();
const strays: string[] = [];
const random = randomOf(seed);
const enter = (id: string): void => {
  const found = storage.getStore();
  if (found !== undefined) strays.push(`${id} saw ${found}`);
  storage.enterWith(id);
};

const app = new App({ development: false })
  .get("/constant", "constant")
  .get("/sync/:id", ({ params, headers }) => {
    enter(params.id);
    return `${params.id} ${headers.get("x-id")}`;
  })
  .get("/async/:id", async ({ params, headers, query }) => {
    enter(params.id);
    await Bun.sleep(random() * 4);
    if (storage.getStore() !== params.id) strays.push(`${params.id} lost its store`);
    return { id: params.id, header: headers.get("x-id"), query: query["q"] };
  })
  .get("/micro/:id", async ({ params, headers }) => {
    for (let i = 0; i < 3; i++) await null;
    return { id: params.id, header: headers.get("x-id") };
  })
  .post("/echo/:id", async ({ params, bytes }) => {
    if (random() < 0.5) await Bun.sleep(random() * 3);
    const body = await bytes();
    return new Response(body, { headers: { "x-id": params.id } });
  })
  .get("/large/:id", ({ params }) => params.id.padEnd(300_000, "."))
  .get("/throws/:id", async ({ params }) => {
    if (random() < 0.5) await null;
    throw new HttpError(418, params.id);
  })
  .get("/nested/:id", ({ params, headers }) => {
    expect(Bun.sleep(1)).resolves.toBeUndefined();
    return `${params.id} ${headers.get("x-id")}`;
  })
  .get("/watched/:id", async ({ params, signal }) => {
    const gone = new Promise((resolve) => signal.addEventListener("abort", resolve));
    await Promise.race([gone, Bun.sleep(random() * 10)]);
    return params.id;
  });

interface Asked {
  bytes: string;
  status: number;
  body: string;
  isHead?: boolean;
}

const kinds: ((id: string) => Asked)[] = [
  (id) => get("constant", id, 200, "constant"),
  (id) => get(`sync/${id}`, id, 200, `${id} ${id}`),
  (id) => get(`async/${id}?q=${id}`, id, 200, JSON.stringify({ id, header: id, query: id })),
  (id) => get(`micro/${id}`, id, 200, JSON.stringify({ id, header: id })),
  (id) => post(id, id),
  (id) => post(id, id.repeat(2_000)),
  (id) => post(id, id.repeat(20_000)),
  (id) => post(id, id.repeat(9_000), true),
  (id) => get(`large/${id}`, id, 200, id.padEnd(300_000, ".")),
  (id) => get(`throws/${id}`, id, 418, JSON.stringify({ detail: id })),
  (id) => get(`nowhere/${id}`, id, 404, JSON.stringify({ detail: "Not Found" })),
  (id) => ({ ...get(`async/${id}`, id, 200, "", "HEAD"), isHead: true }),
  (id) => get(`watched/${id}`, id, 200, id),
];
const rare: ((id: string) => Asked)[] = [(id) => get(`nested/${id}`, id, 200, `${id} ${id}`)];

function get(path: string, id: string, status: number, body: string, method = "GET"): Asked {
  return { bytes: `${method} /${path} HTTP/1.1\r\nHost: test\r\nX-Id: ${id}\r\n\r\n`, status, body };
}

function post(id: string, body: string, isChunked = false): Asked {
  const half = body.length >> 1;
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const sent = isChunked ? `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n` : body;
  return { bytes: `POST /echo/${id} HTTP/1.1\r\nHost: test\r\n${framing}\r\n\r\n${sent}`, status: 200, body };
}

let answered = 0;

/** One connection, from its beginning to one of its ends. */
async function visit(server: Server, next: () => string, draw: () => number): Promise<void> {
  using wire = await Wire.open(server);
  const one = () => {
    const list = draw() < 0.02 ? rare : kinds;
    return list[Math.floor(draw() * list.length)]!(next());
  };
  const asked = Array.from({ length: 1 + Math.floor(draw() * 20) }, one);
  const bytes = asked.map((each) => each.bytes).join("");
  const leavesAt = draw() < 0.3 ? Math.floor(draw() * bytes.length) : bytes.length;
  const reading = (async () => {
    if (draw() < 0.2) {
      wire.pause();
      await Bun.sleep(draw() * 20);
      wire.resume();
    }
    for (const [i, { status, body, isHead }] of asked.entries()) {
      const answer = await wire.answer(isHead);
      answered++;
      // The whole of it would be a long message.
      if (answer.status !== status || answer.body !== body) {
        throw new Error(
          `Request ${i} wants ${status} ${body.slice(0, 80)}, has ${answer.status} ${answer.body.slice(0, 80)}`,
        );
      }
    }
  })();
  const sending = (async () => {
    for (let at = 0; at < leavesAt && wire.isOpen; ) {
      const size = draw() < 0.3 ? 1 + Math.floor(draw() * 50) : 1 + Math.floor(draw() * 100_000);
      wire.send(bytes.slice(at, Math.min(at + size, leavesAt)));
      at += size;
      if (draw() < 0.3) await Bun.sleep(draw() * 2);
    }
  })();
  if (leavesAt < bytes.length) {
    await sending;
    if (draw() < 0.5) await Bun.sleep(draw() * 5);
    wire.reset();
    // Whatever had come by then was right.
    await reading.catch((error: Error) => {
      if (!error.message.startsWith("The connection ended")) throw error;
    });
    return;
  }
  await Promise.all([sending, reading]);
  expect(wire.rest).toBe("");
}

test(
  `everything at once for ${seconds} s, with seed ${seed}`,
  async () => {
    const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    const until = performance.now() + seconds * 1_000;
    let ids = 0;
    const actor = async (number: number) => {
      const draw = randomOf(seed + number);
      while (performance.now() < until) await visit(server, () => `r${ids++}`, draw);
    };
    // Others come and go in the meantime.
    const neighbour = async () => {
      const draw = randomOf(seed - 1);
      while (performance.now() < until) {
        const other = await app.listen({ port: 0, hostname: "127.0.0.1" });
        await visit(other, () => `n${ids++}`, draw);
        await within(10_000, "Stopping a neighbour", other.stop());
      }
    };
    await Promise.all([...Array.from({ length: 16 }, (_, i) => actor(i)), neighbour()]);
    expect(strays).toEqual([]);
    expect(answered).toBeGreaterThan(seconds * 100);
    await eventually(() => server.stats().connectionsOpen === 0, "all to be closed");
    const { responses5xx, parseErrors, timeoutsHead, timeoutsBody } = server.stats();
    expect({ responses5xx, parseErrors, timeoutsHead, timeoutsBody }).toEqual({
      responses5xx: 0,
      parseErrors: 0,
      timeoutsHead: 0,
      timeoutsBody: 0,
    });
    await within(10_000, "Stopping", server.stop());
    console.log(`${answered} answers to ${ids} requests in ${seconds} s.`);
  },
  seconds * 1_000 + 60_000,
);
