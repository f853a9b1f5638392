// Many requests in little time: batches of one request over a few connections, their answers checked by length and end.
import type { Socket } from "bun";

export interface Load {
  port: number;
  /** One request, whole. */
  request: Uint8Array;
  /** What each answer's body is. */
  body: string;
  count: number;
  connections?: number;
  /** Requests that are sent together. */
  depth?: number;
}

interface Batch {
  unsent: Uint8Array;
  received: number;
  expected: number;
}

/** A request without a body, or with one. */
export function requestOf(method: string, path: string, body = ""): Uint8Array {
  const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: test\r\n${length}\r\n${body}`);
}

/** Resolves when `count` requests are answered; rejects when an answer is not the expected one. */
export function load({ port, request, body, count, connections = 4, depth = 64 }: Load): Promise<void> {
  const batch = Buffer.concat(Array.from({ length: depth }, () => request));
  const last = Buffer.from(body);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = Math.ceil(count / depth);
  let open = 0;
  // Of the first answer; all have the same length.
  let answerBytes = 0;

  const push = (socket: Socket<Batch>) => {
    const written = socket.write(socket.data.unsent);
    socket.data.unsent = socket.data.unsent.subarray(Math.max(0, written));
  };
  const next = (socket: Socket<Batch>) => {
    if (left-- <= 0) {
      socket.end();
      return;
    }
    socket.data = { unsent: batch, received: 0, expected: answerBytes * depth };
    push(socket);
  };
  const fail = (why: string, bytes: Uint8Array) => reject(new Error(`${why}: ${Buffer.from(bytes.subarray(0, 500))}`));

  const start = () =>
    Bun.connect<Batch>({
      hostname: "127.0.0.1",
      port,
      data: { unsent: request, received: 0, expected: 0 },
      socket: {
        open(socket) {
          open++;
          push(socket);
        },
        drain: push,
        data(socket, bytes) {
          const { data } = socket;
          if (data.expected === 0) {
            const isFine = bytes.subarray(0, 17).toString() === "HTTP/1.1 200 OK\r\n" && bytes.indexOf("\r\n\r\n") > 0;
            if (!isFine || (answerBytes > 0 && bytes.length !== answerBytes)) return fail("The first answer is", bytes);
            answerBytes = bytes.length;
            return next(socket);
          }
          data.received += bytes.length;
          if (data.received < data.expected) return;
          const end = bytes.subarray(-last.length);
          if (data.received > data.expected || !last.subarray(-bytes.length).equals(end)) {
            return fail(`${data.received} bytes in the place of ${data.expected} came, at the end`, bytes);
          }
          next(socket);
        },
        close(_, error) {
          if (error) reject(error);
          if (left > 0) reject(new Error("The server closed a connection"));
          if (--open === 0) resolve();
        },
      },
    });
  for (let i = 0; i < connections; i++) start().catch(reject);
  return promise;
}

/** What a client that goes away leaves undone. */
export interface Abort {
  port: number;
  count: number;
  /** Sent on each connection, which is then reset. */
  bytes: Uint8Array;
  /** Requests in these bytes, those included that are not whole. */
  requests: number;
  /** Reset when the first byte of an answer is here, rather than at once. */
  afterAnswer: boolean;
  connections?: number;
}

/** Connections that are reset in the middle of something, until `count` requests were begun. */
export async function abort(options: Abort): Promise<void> {
  const { port, count, bytes, requests, afterAnswer, connections = 8 } = options;
  let left = Math.ceil(count / requests);
  const one = () =>
    new Promise<void>((resolve, reject) => {
      Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: {
          open(socket) {
            socket.write(bytes);
            if (!afterAnswer) socket.terminate();
          },
          data(socket) {
            socket.terminate();
          },
          close: () => resolve(),
        },
      }).catch(reject);
    });
  const many = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: connections }, many));
}
