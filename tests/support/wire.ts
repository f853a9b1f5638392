// A client of few words: writes bytes to a socket as they are, and reads answers that have a length.
import type { Socket, SocketHandler } from "bun";
import { eventually } from "./time.ts";

export type Target = { port: number; hostname?: string } | { unix: string };

export interface Answer {
  status: number;
  /** By name in lower case. */
  headers: Map<string, string>;
  body: string;
}

export class Wire {
  private socket!: Socket;
  private received = Buffer.alloc(0);
  private unsent: Buffer[] = [];
  private hasClosed = false;
  private hadError = false;
  private notify: (() => void)[] = [];

  static async open(target: Target): Promise<Wire> {
    const wire = new Wire();
    const socket: SocketHandler<undefined> = {
      data: (_, bytes) => {
        wire.received = Buffer.concat([wire.received, bytes]);
        wire.tell();
      },
      drain: () => wire.push(),
      close: (_, error) => wire.over(error !== undefined),
      error: () => wire.over(true),
    };
    wire.socket = await ("unix" in target
      ? Bun.connect({ unix: target.unix, socket })
      : Bun.connect({ hostname: target.hostname ?? "127.0.0.1", port: target.port, socket }));
    return wire;
  }

  send(bytes: string | Uint8Array): void {
    this.unsent.push(Buffer.from(bytes as string));
    this.push();
  }

  /** A request without a body. */
  ask(path: string, method = "GET"): void {
    this.send(`${method} ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
  }

  /** All at once, so that they arrive together. */
  askAll(paths: readonly string[]): void {
    this.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join(""));
  }

  /** The next answer; `isHead` when it is one to HEAD. */
  async answer(isHead = false): Promise<Answer> {
    const headEnd = await this.wait("an answer's head", () => this.received.indexOf("\r\n\r\n"));
    const [statusLine = "", ...lines] = this.received.toString("latin1", 0, headEnd).split("\r\n");
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const from = headEnd + 4;
    const to = from + (isHead ? 0 : Number(headers.get("content-length") ?? 0));
    await this.wait("an answer's body", () => (this.received.length >= to ? to : -1));
    const body = this.received.toString("utf8", from, to);
    this.received = this.received.subarray(to);
    return { status: Number(statusLine.split(" ")[1]), headers, body };
  }

  async answers(count: number): Promise<Answer[]> {
    const list: Answer[] = [];
    while (list.length < count) list.push(await this.answer());
    return list;
  }

  /** Resolves when the server has closed; true when it was with a reset. */
  async closed(ms?: number): Promise<boolean> {
    await this.wait("the end", () => (this.hasClosed ? 0 : -1), ms);
    return this.hadError;
  }

  get isOpen(): boolean {
    return !this.hasClosed;
  }

  /** What arrived and was not taken as an answer. */
  get rest(): string {
    return this.received.toString("latin1");
  }

  end(): void {
    this.socket.end();
  }

  /** Closes as a process does that dies: the server reads an error. */
  reset(): void {
    this.socket.terminate();
  }

  /** Reads no more, so that the system's buffers fill. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  [Symbol.dispose](): void {
    if (!this.hasClosed) this.socket.terminate();
  }

  private async wait(what: string, look: () => number, ms = 20_000): Promise<number> {
    const found = await eventually(
      () => {
        const at = look();
        if (at < 0 && this.hasClosed) throw new Error(`The connection ended before ${what}; ${this.state()}`);
        return at < 0 ? undefined : at;
      },
      () => `${what}; ${this.state()}`,
      { ms, changed: () => new Promise((resolve) => this.notify.push(resolve)) },
    );
    return found;
  }

  private state(): string {
    return `there is ${JSON.stringify(this.rest.slice(0, 500))}`;
  }

  private push(): void {
    while (this.unsent.length > 0 && !this.hasClosed) {
      const first = this.unsent[0]!;
      const written = Math.max(0, this.socket.write(first));
      if (written < first.length) {
        this.unsent[0] = first.subarray(written);
        return;
      }
      this.unsent.shift();
    }
  }

  private over(isError: boolean): void {
    this.hasClosed = true;
    this.hadError ||= isError;
    this.tell();
  }

  private tell(): void {
    for (const resolve of this.notify.splice(0)) resolve();
  }
}
