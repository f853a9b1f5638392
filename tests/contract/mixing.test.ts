// 200 at once: each answer carries what its own request said, in path, query, header, cookie and body, and no other's.
import { describe, expect, test } from "bun:test";
import { App, type Context } from "@fasterapi/bun";
import { randomOf } from "../support/random.ts";
import { RawClient } from "../support/raw.ts";
import { type Ask, contract, listen } from "./support.ts";

const count = 200;
const seeds = [1, 2, 3, 4, 5];

type Draw = (below: number) => number;

function drawOf(seed: number): Draw {
  const random = randomOf(seed * 0x9e3779b9);
  return (below) => Math.floor(random() * below);
}

/** Nothing is waited for, or a turn of the microtasks, or some time. */
async function pause(ms: number): Promise<void> {
  if (ms === 0) return;
  if (ms === 1) await null;
  else await Bun.sleep(ms - 2);
}

interface Said {
  path: string;
  param: string;
  query: string;
  header: string | null;
  cookie: string;
  body: string;
}

/** Reads a part, waits, and reads the rest: the request has to be there all the time. */
async function say(context: Context): Promise<Said> {
  const { params, query, headers, text } = context;
  const { before = "0", between = "0" } = query as Record<string, string>;
  await pause(Number(before));
  const header = headers.get("x-id");
  await pause(Number(between));
  const body = await text();
  return { path: context.path, param: params.id!, query: String(query.id), header, cookie: context.cookies.id!, body };
}

const app = new App()
  .use(async ({ state, params }, next) => {
    state.id = params.id;
    const value = await next();
    // Another request's value, or another's state, would be seen here.
    if (state.id !== params.id) throw new Error(`${params.id} has the state of ${state.id}`);
    return value;
  })
  .all("/async/:id", async (context) => {
    const said = await say(context as unknown as Context);
    context.set("x-id", said.param);
    return said;
  })
  .all("/sync/:id", ({ path, params, query, headers, cookies, body, set }) => {
    set("x-id", params.id);
    const header = headers.get("x-id");
    return { path, param: params.id, query: query.id, header, cookie: cookies.id, body: (body as string) ?? "" };
  })
  .all("/stream/:id", async function* (context) {
    context.set("x-id", context.params.id);
    const said = JSON.stringify(await say(context as unknown as Context));
    for (let at = 0; at < said.length; at += 5_000) {
      yield said.slice(at, at + 5_000);
      await pause(Number(context.query.between));
    }
  });

interface Planned {
  id: string;
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string;
  said: Said;
}

function plan(draw: Draw, number: number): Planned {
  // Of one length, so that one could stand in another's place.
  const id = `id-${String(number).padStart(3, "0")}-${draw(1_000_000).toString().padStart(6, "0")}`;
  const kind = ["async", "async", "sync", "stream"][draw(4)]!;
  const path = `/${kind}/${id}`;
  const sizes = [0, 0, 20, 500, 9_000, draw(20) === 0 ? 200_000 : 70_000];
  const size = sizes[draw(sizes.length)]!;
  const body = id.repeat(Math.ceil(size / id.length));
  const target = `${path}?id=${id}&before=${draw(14)}&between=${draw(14)}`;
  const method = body === "" ? ["GET", "DELETE"][draw(2)]! : ["POST", "PUT"][draw(2)]!;
  const headers: Record<string, string> = { "x-id": id, cookie: `id=${id}` };
  if (body !== "") headers["content-type"] = "text/plain";
  const said = { path, param: id, query: id, header: id, cookie: id, body };
  return { id, method, target, headers, body, said };
}

/** The text is compared first: a difference of two long bodies says less than whose they are. */
function expectOwn(planned: Planned, status: number, header: string | null, text: string): void {
  const { id, said } = planned;
  const others = new Set(text.match(/id-\d{3}-\d{6}/g));
  expect([id, status, header, [...others]]).toEqual([id, 200, id, [id]]);
  expect(JSON.parse(text)).toEqual(said);
}

async function askOne(ask: Ask, planned: Planned): Promise<void> {
  const { method, target, headers, body } = planned;
  const answer = await ask(target, { method, headers, ...(body === "" ? {} : { body }) });
  expectOwn(planned, answer.status, answer.headers.get("x-id"), await answer.text());
}

/** As bytes, with a length or in chunks of sizes at random. */
function bytesOf({ method, target, headers, body }: Planned, draw: Draw): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/1.1\r\nHost: test\r\n${lines.join("")}`;
  if (body === "") return `${head}\r\n`;
  if (draw(2) === 0) return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  let chunks = "";
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + draw(20_000));
    chunks += `${size.toString(16)}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
}

/** Cut at random places: some pieces of a few bytes, some of many. */
function* cut(bytes: string, draw: Draw): Iterable<string> {
  const cuts = draw(12);
  const places = Array.from({ length: cuts }, () => draw(draw(2) === 0 ? Math.min(bytes.length, 400) : bytes.length));
  let last = 0;
  for (const place of [...places.sort((a, b) => a - b), bytes.length]) {
    if (place > last) yield bytes.slice(last, place);
    last = Math.max(last, place);
  }
}

/** Several on one connection, none of which waits for the one before. */
async function pipeline(port: number, planned: readonly Planned[], draw: Draw): Promise<void> {
  using client = await RawClient.open({ port });
  const pieces = [...cut(planned.map((one) => bytesOf(one, draw)).join(""), draw)];
  const waits = pieces.map(() => draw(10));
  const send = async () => {
    for (const [index, piece] of pieces.entries()) {
      client.send(piece);
      await pause(waits[index]!);
    }
  };
  const read = async () => {
    for (const one of planned) {
      const answer = await client.answer(one.method);
      expectOwn(one, answer.status, answer.header("x-id"), answer.text);
    }
  };
  await Promise.all([send(), read()]);
  client.finish();
  await client.ended();
}

contract("200 requests at once", (serve) => {
  test.each(seeds)("never mix, with seed %i", async (seed) => {
    const draw = drawOf(seed);
    const ask = await serve(app);
    await Promise.all(Array.from({ length: count }, (_, number) => askOne(ask, plan(draw, number))));
  });
});

describe("200 requests at once, alone, in fragments and pipelined", () => {
  test.each(seeds)("never mix, with seed %i", async (seed) => {
    const draw = drawOf(seed + 1_000);
    const planned = Array.from({ length: count }, (_, number) => plan(draw, number));
    await using server = await listen(app);
    const ask: Ask = (path, init) => fetch(server.url.origin + path, init);
    const work: Promise<void>[] = [];
    for (let at = 0; at < count; ) {
      const together = [1, 1, 1, 4, 9][draw(5)]!;
      const part = planned.slice(at, at + together);
      at += together;
      if (together === 1 && draw(2) === 0) work.push(askOne(ask, part[0]!));
      else work.push(pipeline(server.port, part, drawOf(seed * 10_000 + at)));
    }
    await Promise.all(work);
    expect(server.stats()).toMatchObject({ requests: count, responses2xx: count });
  });
});
