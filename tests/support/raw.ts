// A strict client: bytes go out exactly as given, and what comes back must be HTTP/1.1 to the letter.
//
// Whatever an answer gets wrong is an error here, so that every test over this client checks it: the form of each
// line, one Date that is now, framing that is neither missing nor doubled, no body where there may be none, and not a
// byte behind the answers that were expected.
import { type Socket, connect as tcpConnect } from "node:net";
import { listeningAt, MemorySocket } from "./memory-socket.ts";
import { within } from "./time.ts";

export type Bytes = string | Uint8Array;

type Way = "socket" | "memory";

/** How connections to servers of this process are made; `askAll` then asks over a socket too, and compares. */
const usual: Way = process.env["TEST_CONNECTIONS"] === "memory" ? "memory" : "socket";
export const isInMemory = usual === "memory";

const waitMs = 8_000;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const imfDate = /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const once = ["content-length", "transfer-encoding", "date", "connection", "content-type", "allow", "location"];

export class Answer {
  constructor(
    readonly status: number,
    readonly reason: string,
    /** As they came. */
    readonly headers: readonly (readonly [name: string, value: string])[],
    readonly body: Buffer,
  ) {}

  /** Null when there is none, an error when there are several. */
  header(name: string): string | null {
    const found = this.all(name);
    if (found.length > 1) throw new Error(`There are ${found.length} headers ${name}`);
    return found[0] ?? null;
  }

  all(name: string): string[] {
    return this.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
  }

  get text(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.body);
  }

  json(): unknown {
    return JSON.parse(this.text);
  }

  get closes(): boolean {
    return this.header("connection") === "close";
  }
}

/** The first answer of `bytes` and where it ends; undefined when more is needed. */
export function parseAnswer(bytes: Buffer, method = "GET"): { answer: Answer; end: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    checkBeginning(bytes);
    return undefined;
  }
  const [first = "", ...lines] = textOf(bytes, 0, headEnd).split("\r\n");
  const [, code, reason] = /^HTTP\/1\.1 (\d{3}) ([\t\x20-\x7e]*)$/.exec(first) ?? fail("no status line", first);
  const status = Number(code);
  const headers = lines.map(parseHeader);
  const names = headers.map(([name]) => name.toLowerCase());
  for (const name of once) {
    if (names.filter((other) => other === name).length > 1) fail("several headers", name);
  }
  const value = (name: string) => headers[names.indexOf(name)]?.[1];
  const bodyStart = headEnd + 4;
  const done = (end: number, body: Buffer) => ({ answer: new Answer(status, reason!, headers, body), end });

  if (status >= 200) checkDate(value("date"));
  const length = value("content-length");
  const coding = value("transfer-encoding");
  if (length !== undefined && !/^(0|[1-9]\d*)$/.test(length)) fail("no length", length);
  if (length !== undefined && coding !== undefined) fail("length and coding", first);
  if (coding !== undefined && coding !== "chunked") fail("unknown coding", coding);
  if (status < 200 || status === 204) {
    if (length !== undefined || coding !== undefined) fail("a framing header where there is no body", first);
    return done(bodyStart, Buffer.alloc(0));
  }
  if (status === 304) return done(bodyStart, Buffer.alloc(0));
  if (length === undefined && coding === undefined) fail("an answer without an end", first);
  if (method === "HEAD") return done(bodyStart, Buffer.alloc(0));
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return bytes.length < end ? undefined : done(end, Buffer.from(bytes.subarray(bodyStart, end)));
  }
  return parseChunks(bytes, bodyStart, done);
}

/** Of what is there of it. */
function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.subarray(start, end).toString("latin1");
}

function parseChunks<T>(bytes: Buffer, start: number, done: (end: number, body: Buffer) => T): T | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = textOf(bytes, at, lineEnd);
    if (!/^[0-9a-fA-F]{1,15}$/.test(line)) fail("no chunk size", line);
    const size = Number.parseInt(line, 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    const chunkEnd = textOf(bytes, end, end + 2);
    if (chunkEnd !== "\r\n") fail("no end of a chunk", chunkEnd);
    if (size === 0) return done(end + 2, Buffer.concat(chunks));
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

/** Of a head that is not complete: what can be seen to be wrong already. */
function checkBeginning(bytes: Buffer): void {
  const start = "HTTP/1.1 ";
  const have = textOf(bytes, 0, start.length);
  if (!start.startsWith(have)) fail("no answer", textOf(bytes, 0, 80));
  if (bytes.length > 1024 * 1024) fail("a head without an end", textOf(bytes, 0, 80));
}

function parseHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(": ");
  const name = line.slice(0, Math.max(colon, 0));
  const value = line.slice(colon + 2);
  if (!token.test(name) || !fieldValue.test(value)) fail("no header", line);
  return [name, value];
}

function checkDate(value: string | undefined): void {
  if (value === undefined) fail("no Date", "");
  const time = Date.parse(value);
  if (!imfDate.test(value) || new Date(time).toUTCString() !== value) fail("no date", value);
  // A handler may have set its own, long ago.
  const isOwn = value === ownDate;
  if (!isOwn && Math.abs(Date.now() - time) > 5_000) fail("not the date of now", value);
}

/** A Date that handlers of tests set themselves: it need not be now. */
export const ownDate = "Sun, 06 Nov 1994 08:49:37 GMT";

function fail(what: string, text: string): never {
  throw new Error(`The answer is malformed: ${what}: ${JSON.stringify(text)}`);
}

export class RawClient implements Disposable {
  private readonly socket: Socket;
  private buffer = Buffer.allocUnsafe(16 * 1024);
  private start = 0;
  private size = 0;
  private over: "end" | "reset" | undefined;
  private pauseAt: number | undefined;
  private waiting: (() => void)[] = [];

  /** All that came. */
  private readonly all: Buffer[] = [];

  private constructor(port: number, host: string, way: Way) {
    const server = way === "memory" ? listeningAt(port) : undefined;
    this.socket =
      server === undefined
        ? tcpConnect({ port, host, allowHalfOpen: true })
        : (new MemorySocket(server) as unknown as Socket);
    this.socket.setNoDelay(true);
    this.socket.on("data", (bytes: Buffer) => this.take(bytes));
    this.socket.on("end", () => this.tell("end"));
    this.socket.on("error", () => this.tell("reset"));
    this.socket.on("close", () => this.tell("end"));
  }

  static async open(
    { port, hostname = "127.0.0.1" }: { port: number; hostname?: string },
    way: Way = usual,
  ): Promise<RawClient> {
    const client = new RawClient(port, hostname, way);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.socket.once("connect", resolve);
    client.socket.once("error", reject);
    await within(waitMs, "Connecting", promise);
    return client;
  }

  /** A write for each piece. Strings are Latin-1: a byte for each character. */
  send(...pieces: Bytes[]): void {
    for (const piece of pieces) this.socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
  }

  /** The next answer, 1xx or final. `method` is that of its request. */
  async answer(method = "GET"): Promise<Answer> {
    for (;;) {
      const parsed = parseAnswer(this.unread, method);
      if (parsed !== undefined) {
        this.start += parsed.end;
        return parsed.answer;
      }
      if (this.over !== undefined) {
        throw new Error(`The connection is over (${this.over}) where an answer should be, after ${this.shown}`);
      }
      await this.more(() => `An answer, after ${this.shown},`);
    }
  }

  /** So many, or one for each method. */
  async answers(expected: number | readonly string[]): Promise<Answer[]> {
    const methods = typeof expected === "number" ? Array.from({ length: expected }, () => "GET") : expected;
    const answers: Answer[] = [];
    for (const method of methods) answers.push(await this.answer(method));
    return answers;
  }

  /** Resolves when the server has closed its side; an error when there was anything that nobody had asked for. */
  async ended(): Promise<"end" | "reset"> {
    for (;;) {
      if (this.unread.length > 0) throw new Error(`There is more than was expected: ${this.shown}`);
      if (this.over !== undefined) return this.over;
      await this.more(() => "The end of the connection");
    }
  }

  /** That nothing comes for so long, neither bytes nor an end. */
  async quiet(ms: number): Promise<void> {
    await Bun.sleep(ms);
    if (this.unread.length > 0) throw new Error(`It should be quiet, but there is ${this.shown}`);
    if (this.over !== undefined) throw new Error(`It should be quiet, but the connection is over (${this.over})`);
  }

  get unreadBytes(): number {
    return this.size - this.start;
  }

  /** Nothing more will be sent; answers are still read. */
  finish(): void {
    this.socket.end();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.pauseAt = undefined;
    this.socket.resume();
  }

  /** Reads until there are so many bytes more, then pauses again. */
  async readMore(bytes: number): Promise<void> {
    const wanted = this.unreadBytes + bytes;
    this.pauseAt = wanted;
    this.socket.resume();
    while (this.unreadBytes < wanted && this.over === undefined) await this.more(() => `${bytes} bytes`);
  }

  close(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** All that came, in Latin-1, but for what differs from one answer to the next. */
  get transcript(): string {
    const text = Buffer.concat(this.all).toString("latin1");
    return text.replace(/\r\n(Date|x-error-id): [^\r]*/gi, "\r\n$1:");
  }

  private get unread(): Buffer {
    return this.buffer.subarray(this.start, this.size);
  }

  private get shown(): string {
    const { unread } = this;
    return unread.length === 0 ? "nothing" : `${JSON.stringify(textOf(unread, 0, 400))} (${unread.length} bytes)`;
  }

  private more(what: () => string): Promise<void> {
    return within(waitMs, what(), new Promise<void>((resolve) => this.waiting.push(resolve)));
  }

  private take(bytes: Buffer): void {
    if (usual === "memory") this.all.push(bytes);
    if (this.size + bytes.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(2 * (this.size - this.start + bytes.length));
      this.buffer.copy(larger, 0, this.start, this.size);
      this.size -= this.start;
      this.start = 0;
      this.buffer = larger;
    }
    bytes.copy(this.buffer, this.size);
    this.size += bytes.length;
    if (this.pauseAt !== undefined && this.unreadBytes >= this.pauseAt) this.socket.pause();
    this.tell();
  }

  private tell(over?: "end" | "reset"): void {
    this.over ??= over;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Sends, reads so many answers (or one for each method), ends its side, and sees to it that nothing else comes. */
export async function askAll(
  server: { port: number },
  bytes: Bytes | readonly Bytes[],
  expected: number | readonly string[],
): Promise<Answer[]> {
  const { answers, transcript } = await converse(usual, server, bytes, expected);
  if (usual === "memory" && listeningAt(server.port) !== undefined) {
    const other = await converse("socket", server, bytes, expected);
    if (transcript !== other.transcript) {
      throw new Error(`In memory came\n${transcript}\nand over a socket\n${other.transcript}`);
    }
  }
  return answers;
}

/** The one answer to one request. */
export async function ask(server: { port: number }, bytes: Bytes | readonly Bytes[], method = "GET"): Promise<Answer> {
  return (await askAll(server, bytes, [method]))[0]!;
}

/** The same where it matters how often the handler is called: not over a second connection, to compare. */
export async function askOnce(
  server: { port: number },
  bytes: Bytes | readonly Bytes[],
  method = "GET",
): Promise<Answer> {
  return (await converse(usual, server, bytes, [method])).answers[0]!;
}

async function converse(
  way: Way,
  server: { port: number },
  bytes: Bytes | readonly Bytes[],
  expected: number | readonly string[],
): Promise<{ answers: Answer[]; transcript: string }> {
  using client = await RawClient.open({ port: server.port }, way);
  client.send(...(typeof bytes === "string" || bytes instanceof Uint8Array ? [bytes] : bytes));
  const answers = await client.answers(expected);
  client.finish();
  await client.ended();
  return { answers, transcript: client.transcript };
}

/** A request without surprises. */
export function request(target: string, { method = "GET", headers = "", body = "", host = "test" } = {}): string {
  const length = body.length > 0 || method === "POST" ? `Content-Length: ${body.length}\r\n` : "";
  return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${headers}${length}\r\n${body}`;
}
