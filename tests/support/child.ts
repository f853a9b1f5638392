// A script in a Bun process of its own: what crashes, leaks or hangs there is seen from here.
import { join } from "node:path";
import type { Subprocess } from "bun";
import { orAfter } from "./time.ts";

export interface ChildOptions {
  /** Flags of Bun, before the script. */
  flags?: string[];
  args?: string[];
  env?: Record<string, string>;
  /** The limit of open descriptors, soft and hard; not above what this process may have. */
  descriptors?: number;
}

/** Said by a child in JSON, a line each. */
export type Said = Record<string, unknown> & { port: number };

const apps = join(import.meta.dir, "../server/apps");

export class Child implements AsyncDisposable {
  readonly pid: number;
  private readonly process: Subprocess<"ignore", "pipe", "pipe">;
  private readonly lines: string[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly read: Promise<unknown>;
  private isOver = false;
  private errorText = "";

  /** `script` is a file of tests/server/apps, or has a path of its own. */
  constructor(script: string, { flags = [], args = [], env = {}, descriptors }: ChildOptions = {}) {
    const path = script.includes("/") ? script : join(apps, script);
    const words = [process.execPath, ...flags, path, ...args];
    const limited = ["sh", "-c", `ulimit -n ${descriptors} && exec "$@"`, "sh", ...words];
    this.process = Bun.spawn(descriptors === undefined ? words : limited, {
      env: { ...process.env, NODE_ENV: "test", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.pid = this.process.pid;
    this.read = Promise.all([this.readLines(), this.readErrors()]);
  }

  /** The next line of its output. */
  async line(ms = 20_000): Promise<string> {
    const until = performance.now() + ms;
    while (this.lines.length === 0) {
      const left = until - performance.now();
      if (this.isOver || left <= 0) {
        const what = this.isOver ? `ended with ${await this.process.exited}` : `said nothing for ${ms} ms`;
        throw new Error(`The child ${what}. ${this.errorText}`);
      }
      await orAfter(left, new Promise<void>((resolve) => this.waiting.push(resolve)), undefined);
    }
    return this.lines.shift()!;
  }

  async said(ms?: number): Promise<Said> {
    return JSON.parse(await this.line(ms));
  }

  /** Its exit code, or the signal that ended it. */
  async end(ms = 20_000): Promise<number | string> {
    const ended = await orAfter(ms, this.process.exited, undefined);
    if (ended === undefined) throw new Error(`The child still runs after ${ms} ms. ${this.errorText}`);
    await this.read;
    return this.process.signalCode ?? ended;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** What it has written to standard error so far. */
  get errors(): string {
    return this.errorText;
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.process.kill("SIGKILL");
    await this.process.exited;
  }

  private async readLines(): Promise<void> {
    let rest = "";
    for await (const chunk of this.process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      this.wake();
    }
    this.isOver = true;
    this.wake();
  }

  private async readErrors(): Promise<void> {
    for await (const chunk of this.process.stderr.pipeThrough(new TextDecoderStream())) this.errorText += chunk;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
