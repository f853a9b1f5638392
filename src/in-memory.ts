// A web request through the core without a socket: written as HTTP/1.1, and its answer read back.

import { bytesOf } from "./native/bytes.ts";
import { type Link, LinkResetError } from "./native/link.ts";
import { bytesOfPiece, gather, joinedBytes, ofStream, type Source, wholeBytesMax } from "./source.ts";

/**
 * Resolves with the answer when its head is here; a large body, or one of unknown length, is then read from the connection
 * as it is taken. Rejects with `TypeError` when there is none, with what the request's own body fails with, and with the
 * signal's reason when that aborts.
 */
export async function requestOver(link: Link, request: Request): Promise<Response> {
  const { signal } = request;
  const reader = new AnswerReader(link);
  const abort = (): void => {
    link.close();
    reader.fail(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  link.onClose.push(() => signal.removeEventListener("abort", abort));
  try {
    signal.throwIfAborted();
    // An answer may come before the body is sent, or in its place. What goes wrong with sending is the body's own.
    const failed = send(link, request).then(
      () => new Promise<never>(() => undefined),
      (error) => {
        link.close();
        reader.fail(error);
        throw error;
      },
    );
    return await Promise.race([reader.response(request.method === "HEAD"), failed]);
  } catch (error) {
    link.close();
    if (signal.aborted) throw signal.reason;
    throw error;
  }
}

/** Whoever forgets an answer without reading it to its end need not keep its connection. */
const forgotten = new FinalizationRegistry<Link>((link) => link.close());

// --- The request ---

async function send(link: Link, request: Request): Promise<void> {
  const url = new URL(request.url);
  const headers = new Headers(request.headers as unknown as Headers);
  // The connection's own business.
  for (const name of ["content-length", "transfer-encoding"]) headers.delete(name);
  if (!headers.has("host")) headers.set("host", url.host);
  const body = request.body === null ? undefined : await gather(ofStream(request.body), wholeBytesMax);
  const rest = body?.rest;
  if (rest !== undefined) headers.set("transfer-encoding", "chunked");
  else if (body !== undefined || hasUsuallyBody(request.method))
    headers.set("content-length", String(body?.bytes ?? 0));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(
    `${request.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`,
    "latin1",
  );
  if (rest === undefined) {
    await link.write(body === undefined ? head : joinedBytes([head, ...body.pieces]));
    return;
  }
  let isTaken = await link.write(head);
  for (const piece of body!.pieces) isTaken &&= await writeChunk(link, piece);
  // Also while the next piece is waited for, which may never come.
  link.onClose.push(() => rest.cancel(new DOMException("The server takes no more of this body", "AbortError")));
  if (isTaken) await copy(link, rest);
}

/** Until the end, or until the server takes no more. */
async function copy(link: Link, source: Source): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await source.next();
      if (done) await link.write(Buffer.from("0\r\n\r\n"));
      if (done || !(await writeChunk(link, bytesOfPiece(value)))) return;
    }
  } catch (error) {
    // Half a body must not look like a whole one.
    link.close();
    throw error;
  }
}

async function writeChunk(link: Link, piece: Uint8Array): Promise<boolean> {
  if (piece.byteLength === 0) return true;
  return await link.write(
    joinedBytes([Buffer.from(`${piece.byteLength.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
  );
}

/** Who sends such a request without a body says so (RFC 9110, section 8.6). */
function hasUsuallyBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}

// --- The answer ---

/** It reads what the core wrote: what would be wrong there is not looked for. */
class AnswerReader {
  private buffer: Buffer = Buffer.alloc(0);
  /** Weak, because the connection leads here: a body that everybody has forgotten is to be seen as such. */
  private controller: WeakRef<ReadableStreamDefaultController<Uint8Array>> | undefined;

  constructor(private readonly link: Link) {}

  async response(isHead: boolean): Promise<Response> {
    for (;;) {
      const [first = "", ...lines] = (await this.head()).split("\r\n");
      const status = Number(first.slice(9, 12));
      if (status < 200) continue;
      const headers = new Headers();
      for (const line of lines) {
        const colon = line.indexOf(":");
        headers.append(line.slice(0, colon), line.slice(colon + 2));
      }
      const init = { status, statusText: first.slice(13), headers };
      const hasNoBody = isHead || status === 204 || status === 205 || status === 304;
      const body = hasNoBody ? null : await this.body(headers);
      if (!(body instanceof ReadableStream)) this.link.close();
      return new Response(body, init);
    }
  }

  private async head(): Promise<string> {
    for (let from = 0; ; ) {
      const end = this.buffer.indexOf("\r\n\r\n", from);
      if (end >= 0) return this.take(end + 4).toString("latin1", 0, end);
      from = Math.max(0, this.buffer.length - 3);
      if (!(await this.more())) throw new TypeError("The server ended the connection without an answer");
    }
  }

  private async body(headers: Headers): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>> {
    const length = headers.get("content-length");
    if (length !== null && Number(length) <= wholeBytesMax) return await this.whole(Number(length));
    const read =
      length !== null
        ? this.ofLength(Number(length))
        : headers.has("transfer-encoding")
          ? this.chunks()
          : this.untilEnd();
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = new WeakRef(controller);
        },
        pull: (controller) => this.pull(controller, read),
        cancel: () => this.link.close(),
      },
      { highWaterMark: 0 },
    );
    forgotten.register(stream, this.link);
    return stream;
  }

  private async pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<void> {
    try {
      const piece = await read();
      if (piece !== undefined) return controller.enqueue(new Uint8Array(piece));
      controller.close();
    } catch (error) {
      this.link.close();
      throw error;
    }
    this.link.close();
  }

  /** The rest of a body that is being read will not come. */
  fail(reason: unknown): void {
    this.controller?.deref()?.error(reason);
  }

  private async whole(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.buffer.length < bytes) if (!(await this.more())) throw cutShort();
    return new Uint8Array(this.take(bytes));
  }

  private ofLength(bytes: number): () => Promise<Uint8Array | undefined> {
    let rest = bytes;
    return async () => {
      if (rest === 0) return undefined;
      await this.some();
      const piece = this.take(Math.min(rest, this.buffer.length));
      rest -= piece.byteLength;
      return piece;
    };
  }

  private chunks(): () => Promise<Uint8Array | undefined> {
    let rest = 0;
    return async () => {
      if (rest === 0) {
        rest = Number.parseInt(await this.line(), 16);
        if (rest === 0) return undefined;
      }
      await this.some();
      const piece = this.take(Math.min(rest, this.buffer.length));
      rest -= piece.byteLength;
      if (rest === 0) await this.line();
      return piece;
    };
  }

  private untilEnd(): () => Promise<Uint8Array | undefined> {
    return async () => (this.buffer.length > 0 || (await this.more()) ? this.take(this.buffer.length) : undefined);
  }

  private async line(): Promise<string> {
    for (;;) {
      const end = this.buffer.indexOf("\r\n");
      if (end >= 0) return this.take(end + 2).toString("latin1", 0, end);
      if (!(await this.more())) throw cutShort();
    }
  }

  private async some(): Promise<void> {
    if (this.buffer.length === 0 && !(await this.more())) throw cutShort();
  }

  private take(bytes: number): Buffer {
    const taken = this.buffer.subarray(0, bytes);
    this.buffer = this.buffer.subarray(bytes);
    return taken;
  }

  /** False at the end. */
  private async more(): Promise<boolean> {
    try {
      const bytes = await this.link.read();
      if (bytes === undefined) return false;
      this.buffer =
        this.buffer.length === 0
          ? bytesOf(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          : Buffer.concat([this.buffer, bytes]);
      return true;
    } catch (error) {
      throw error instanceof LinkResetError ? cutShort(error) : error;
    }
  }
}

function cutShort(cause?: Error): TypeError {
  return new TypeError("The server ended the connection before the answer was complete", { cause });
}
