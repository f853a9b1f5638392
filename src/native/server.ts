// One server in the core: opened with its bounds, given routes, bound to an address, and stopped.

import { RouteError } from "../errors.ts";
import * as abi from "./abi.ts";
import { ServerStats as Layout, ServerOptions, Status } from "./abi.ts";
import type { Route } from "./exchange.ts";
import { Link } from "./link.ts";
import { routeError } from "./route-error.ts";
import { copyNumber, type Runtime, runtime } from "./runtime.ts";
import type { Settings } from "./settings.ts";
import { check, checkListen } from "./status.ts";

/** An answer that the core gives without asking. */
export interface Constant {
  status: number;
  /** A number of `ContentType`. */
  contentType: number;
  /** `name NUL value NUL` again and again. */
  headers: string;
  body: Uint8Array;
}

export interface RouteEntry {
  /** For messages. */
  name: string;
  /** Where it was written, to be said behind the name. */
  place: () => string;
  /** A bit for each `Method`; all of them for a route that comes after those for specific methods. */
  methods: number;
  isAll: boolean;
  pattern: string;
  bodyBytes: number;
  /** 0 for the server's. */
  bodyMs: number;
  writeMs: number;
  /** The handler is called before the body is there. */
  streamsBody: boolean;
  route: Route;
  /** JSON Schema, by which the core checks JSON bodies if it can; then `onNative` is called. */
  bodySchema: string | undefined;
  onNative: () => void;
  /** What is valid is built from its values, where the core can tell them, rather than parsed. */
  takesValues: boolean;
  /** Nobody else has anything to say of a body that it refuses. */
  refusesAlone: boolean;
  constant?: Constant | undefined;
}

export type Address = { unix: string } | { hostname: string; port: number; reusePort: boolean };

const counters = Object.entries(Layout).filter(([name]) => name !== "bytes");
type CounterName = Exclude<keyof typeof Layout, "bytes">;
export type Counters = Record<CounterName, number>;

/** `setTimeout` takes more for nothing at all. */
const msMax = 2 ** 31 - 1;

/** Servers that listen, for `bun --hot`. */
const listening = Symbol.for("@fasterapi/bun/listening");

export class NativeServer {
  readonly runtime: Runtime;
  port = 0;
  /** Handlers that took longer than they may. */
  timeouts = 0;
  private readonly handle: number;
  private holds = false;
  private routeIds: number[] = [];
  /** Of the routes before these, which requests in flight may still name; first those that `bun --hot` left long ago. */
  private retiredIds: number[] = [];
  /** Of the core, for these routes. */
  private schemas: number[] = [];
  private copy: number;
  private key = "";
  private closing: Promise<void> | undefined;
  private abortTimer: Timer | undefined;
  private abortAt = Number.POSITIVE_INFINITY;

  constructor(settings: Settings) {
    this.runtime = runtime(settings.spinUs);
    this.copy = copyNumber();
    const handle = new Uint32Array(2);
    check(
      this.runtime.core.call.fa_server_open(this.runtime.pointer, encodeOptions(settings), handle),
      "Opening a server",
    );
    this.handle = handle[0]!;
  }

  /** Puts these routes in the place of those before; `fallback` gets what none of them matches. Throws `RouteError`. */
  setRoutes(entries: readonly RouteEntry[], fallback: Route | undefined): void {
    const { runtime, handle } = this;
    const { call } = runtime.core;
    check(call.fa_server_clear(runtime.pointer, handle), "Making a table of routes");
    const ids: number[] = [];
    const schemas: number[] = [];
    const names = new Map<number, () => string>();
    try {
      for (const entry of entries) {
        const id = runtime.addRoute(entry.route);
        ids.push(id);
        names.set(id, () => entry.name + entry.place());
        const schema = entry.bodySchema === undefined ? 0 : this.openSchema(entry.bodySchema);
        if (schema !== 0) {
          schemas.push(schema);
          entry.onNative();
        }
        const pattern = Buffer.from(`${entry.pattern}\0`);
        const status = call.fa_server_route(
          runtime.pointer,
          handle,
          entry.methods,
          (entry.isAll ? abi.routeFlags.isAll : 0) |
            (entry.streamsBody ? abi.routeFlags.streamsBody : 0) |
            (entry.takesValues ? abi.routeFlags.takesValues : 0) |
            (entry.refusesAlone ? abi.routeFlags.refusesAlone : 0),
          pattern,
          pattern.length - 1,
          id,
          entry.bodyBytes,
          entry.bodyMs,
          entry.writeMs,
          schema,
        );
        if (status !== Status.ok) throw routeError(status, entry.name + entry.place(), entry.pattern);
        if (entry.constant !== undefined) this.setConstant(entry.constant);
      }
      if (fallback !== undefined) {
        const id = runtime.addRoute(fallback);
        ids.push(id);
        check(call.fa_server_fallback(runtime.pointer, handle, id), "Setting the fallback");
      }
      const clash = new Uint32Array(2);
      const status = call.fa_server_commit(runtime.pointer, handle, clash);
      if (status === Status.routesClash) {
        const [first, second] = [...clash].map((id) => names.get(id)?.());
        throw new RouteError("ROUTES_CLASH", `${second} matches the same requests as ${first}`);
      }
      check(status, "Making a table of routes");
    } catch (error) {
      runtime.dropRoutes(ids);
      this.closeSchemas(schemas);
      throw error;
    }
    // They would keep what was loaded for them. A body that takes longer than that finds its route gone.
    runtime.retireRoutes(this.retiredIds);
    this.retiredIds.push(...this.routeIds);
    this.routeIds = ids;
    // Bodies that are still arriving for the old ones are checked by JavaScript.
    this.closeSchemas(this.schemas);
    this.schemas = schemas;
  }

  /** 0 for one that the core can't check by. */
  private openSchema(text: string): number {
    const bytes = Buffer.from(text);
    const handle = new Uint32Array(1);
    const status = this.runtime.core.call.fa_schema_open(this.runtime.pointer, bytes, bytes.length, handle);
    const isForJavaScript =
      status === Status.schemaUnsupported || status === Status.schemaInvalid || status === Status.schemasTooMany;
    if (isForJavaScript) return 0;
    check(status, "Compiling a schema");
    return handle[0]!;
  }

  /** Whether the core can check by this schema. */
  canCheck(text: string): boolean {
    const handle = this.openSchema(text);
    if (handle !== 0) this.closeSchemas([handle]);
    return handle !== 0;
  }

  private closeSchemas(handles: readonly number[]): void {
    for (const handle of handles) this.runtime.core.call.fa_schema_close(this.runtime.pointer, handle);
  }

  private setConstant(constant: Constant): void {
    const answer = Buffer.alloc(abi.Response.bytes);
    answer.writeUInt16LE(constant.status, abi.Response.status);
    answer.writeUInt8(constant.contentType, abi.Response.contentType);
    // A pointer to nothing is none that the call takes.
    const headers = Buffer.from(`${constant.headers}\0`, "latin1");
    const body = constant.body.byteLength > 0 ? constant.body : headers;
    check(
      this.runtime.core.call.fa_server_constant(
        this.runtime.pointer,
        this.handle,
        answer,
        headers,
        constant.headers.length,
        body,
        constant.body.byteLength,
      ),
      "Making a constant answer",
    );
  }

  /** Binds the address. Throws `ListenError`; the server is of no use then. */
  listen(address: Address): void {
    const { runtime, handle } = this;
    const { call } = runtime.core;
    if ("unix" in address) {
      const path = Buffer.from(`${address.unix}\0`);
      checkListen(call.fa_server_listen_unix(runtime.pointer, handle, path, path.length - 1), address.unix, true);
    } else {
      const bound = new Uint32Array(1);
      const flags = address.reusePort ? abi.listenFlags.reusePort : 0;
      const host = Buffer.from(`${address.hostname}\0`);
      const status = call.fa_server_listen(runtime.pointer, handle, host, address.port, flags, bound);
      checkListen(status, `${address.hostname}:${address.port}`, false);
      this.port = bound[0]!;
    }
    this.key = keyOf(address);
    servers().add(this);
    runtime.wake();
  }

  /** A connection in memory, as a client of this server. */
  connect(): Link {
    return new Link(this.runtime, this.handle);
  }

  /** The server that an earlier copy of the application left at this address: `bun --hot` has loaded it again. */
  static leftAt(address: Address, settings: Settings): NativeServer | undefined {
    const key = keyOf(address);
    const left = [...servers()].filter((server) => server.key === key && server.closing === undefined);
    if (left.length === 0) return undefined;
    // Before this there is no number of this copy.
    runtime(settings.spinUs);
    const found = left.find((server) => server.copy !== copyNumber());
    if (found === undefined) return undefined;
    found.copy = copyNumber();
    return Object.setPrototypeOf(found, NativeServer.prototype);
  }

  /** It takes new connections. */
  get isOpen(): boolean {
    return this.closing === undefined;
  }

  /** Keeps the process alive, until `unref`. Both may be called again. */
  ref(): void {
    if (this.holds) return;
    this.holds = true;
    this.runtime.hold();
  }

  unref(): void {
    if (!this.holds) return;
    this.holds = false;
    this.runtime.letGo();
  }

  /** Answers what was asked, for at most `drainMs`, and closes. Of several calls the least patient counts. */
  stop(drainMs: number): Promise<void> {
    this.closing ??= this.close();
    if (this.last === undefined) this.abortAfter(drainMs);
    return this.closing;
  }

  private abortAfter(drainMs: number): void {
    const { runtime, handle } = this;
    const ms = Math.min(drainMs, msMax);
    const at = performance.now() + ms;
    if (at >= this.abortAt) return;
    this.abortAt = at;
    clearTimeout(this.abortTimer);
    this.abortTimer = setTimeout(() => {
      runtime.core.call.fa_server_abort(runtime.pointer, handle);
      runtime.wake();
    }, ms);
  }

  private async close(): Promise<void> {
    const { runtime, handle } = this;
    servers().delete(this);
    const drained = runtime.whenDrained(handle);
    check(runtime.core.call.fa_server_stop(runtime.pointer, handle), "Stopping a server");
    runtime.wake();
    await drained;
    clearTimeout(this.abortTimer);
    this.last = this.read();
    this.discard();
  }

  private last: Counters | undefined;

  /** For one that nobody uses. */
  discard(): void {
    check(this.runtime.core.call.fa_server_close(this.runtime.pointer, this.handle), "Closing a server");
    this.runtime.dropRoutes([...this.retiredIds, ...this.routeIds]);
    this.closeSchemas(this.schemas);
    this.schemas = [];
    this.routeIds = [];
    this.retiredIds = [];
  }

  /** As they are; after the end as they were then. */
  counters(): Counters {
    return this.last ?? this.read();
  }

  private read(): Counters {
    const bytes = Buffer.alloc(Layout.bytes);
    check(this.runtime.core.call.fa_server_stats(this.runtime.pointer, this.handle, bytes), "Reading counters");
    return Object.fromEntries(counters.map(([name, at]) => [name, bytes.readDoubleLE(at)])) as Counters;
  }
}

function keyOf(address: Address): string {
  return "unix" in address ? `unix:${address.unix}` : `${address.hostname}:${address.port}`;
}

function servers(): Set<NativeServer> {
  const heap = globalThis as { [listening]?: Set<NativeServer> };
  heap[listening] ??= new Set();
  return heap[listening];
}

function encodeOptions({ limits, timeouts }: Settings): Buffer {
  const bytes = Buffer.alloc(ServerOptions.bytes);
  bytes.writeUInt32LE(limits.targetBytes, ServerOptions.targetBytes);
  bytes.writeUInt32LE(limits.headBytes, ServerOptions.headBytes);
  bytes.writeUInt32LE(limits.headers, ServerOptions.headers);
  bytes.writeUInt32LE(limits.chunkExtraBytes, ServerOptions.chunkExtraBytes);
  bytes.writeUInt32LE(limits.pipelined, ServerOptions.pipelined);
  bytes.writeUInt32LE(limits.connections, ServerOptions.connections);
  bytes.writeDoubleLE(limits.bodyBytes, ServerOptions.bodyBytes);
  bytes.writeDoubleLE(limits.bufferedBytes, ServerOptions.bufferedBytes);
  bytes.writeUInt32LE(timeouts.headMs, ServerOptions.headMs);
  bytes.writeUInt32LE(timeouts.bodyMs, ServerOptions.bodyMs);
  bytes.writeUInt32LE(timeouts.idleMs, ServerOptions.idleMs);
  bytes.writeUInt32LE(timeouts.writeMs, ServerOptions.writeMs);
  return bytes;
}
