// Parts of the core without routes: requests that were recorded as they came from the network, taken apart and counted.
//
//   bun run examples/19_building_blocks.ts
//   printf 'GET /users/7 HTTP/1.1\r\nHost: x\r\n\r\n' | curl localhost:3000/recorded --data-binary @-

import { App, HttpError } from "@fasterapi/bun";
import { BufferPool, ChunkedDecoder, HttpParser, type HttpRequestHead, ObjectPool, Router } from "@fasterapi/bun/core";

const routes = new Router<string>()
  .add("GET", "/users/:id", "user")
  .add("POST", "/users/:id/notes", "note")
  .all("/files/*path", "file");

/** One for each recording at work. What it held is forgotten, its memory isn't. */
const readers = new ObjectPool({
  create: () => ({ parser: new HttpParser(), chunks: new ChunkedDecoder(), counts: new Map<string, number>() }),
  reset: ({ parser, chunks, counts }) => {
    parser.reset();
    chunks.reset();
    counts.clear();
  },
  max: 16,
});
const buffers = new BufferPool();

interface Body {
  size: number;
  /** To tell bodies apart without keeping them. */
  crc: number;
}

/** Puts a chunked body together; and how many bytes of the recording it took. */
function chunked(chunks: ChunkedDecoder, bytes: Uint8Array): [Body, number] {
  const part = chunks.decode(bytes);
  if (part.state === "malformed") throw new HttpError(400, `A recorded body is malformed: ${part.detail}`);
  if (part.state === "partial") throw new HttpError(400, "The recording ends in a body");
  return [{ size: part.data.length, crc: Bun.hash.crc32(part.data) }, part.consumed];
}

/** As long as it says. The pool's copy is for whoever works on it while the recording goes on. */
function announced(size: number, bytes: Uint8Array): [Body, number] {
  if (bytes.length < size) throw new HttpError(400, "The recording ends in a body");
  using copy = buffers.acquire(size);
  copy.bytes.set(bytes.subarray(0, size));
  return [{ size, crc: Bun.hash.crc32(copy.bytes) }, size];
}

function bodyOf(head: HttpRequestHead, chunks: ChunkedDecoder, rest: Uint8Array): [Body | undefined, number] {
  if (head.bodyKind === "none") return [undefined, 0];
  return head.bodyKind === "chunked" ? chunked(chunks, rest) : announced(head.contentLength, rest);
}

const app = new App()
  .post("/recorded", async ({ bytes }) => {
    let rest = await bytes();
    return readers.use(({ parser, chunks, counts }) => {
      const requests: object[] = [];
      while (rest.length > 0) {
        const head = parser.parse(rest);
        if (head.state === "malformed")
          throw new HttpError(400, `Status ${head.status} at ${head.offset}: ${head.detail}`);
        if (head.state === "partial") throw new HttpError(400, "The recording ends in a head");
        const [body, size] = bodyOf(head, chunks, rest.subarray(head.consumed));
        const found = routes.find(head.method, head.path);
        const name = found?.value ?? "none";
        counts.set(name, (counts.get(name) ?? 0) + 1);
        requests.push({ method: head.method, host: head.header("host"), route: name, params: found?.params, body });
        rest = rest.subarray(head.consumed + size);
      }
      return { requests, counts: Object.fromEntries(counts) };
    });
  })
  .get("/pools", () => ({ readers: readers.stats, buffers: buffers.stats.acquired, made: buffers.stats.misses }));

const server = await app.listen();
console.log(`Listening on ${server.url}`);
