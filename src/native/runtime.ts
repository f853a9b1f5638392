// One per JavaScript heap: owns the core's rings and turns what they hold into calls of handlers.

import { type Pointer, toArrayBuffer } from "bun:ffi";
import { drainMicrotasks } from "bun:jsc";
import { AsyncLocalStorage } from "node:async_hooks";
import { FasterApiError } from "../errors.ts";
import { Response as Answer, abiHash, ContentType, Poll, RecordKind, responseFlags, Views } from "./abi.ts";
import { type Bytes, bytesOf, sizeOf } from "./bytes.ts";
import { Exchange, type Route, recordWords } from "./exchange.ts";
import { type Core, core } from "./library.ts";
import type { Link } from "./link.ts";
import { check } from "./status.ts";

const answerWords = Answer.bytes / 4;
/** A batch that has run for so long sends the answers that it has. */
const sliceMs = 0.2;
/** So long the pump polls again before other work of the event loop gets its turn. */
const pumpMs = 2;
/** Larger bytes are not copied into the ring. */
const copiedBytesMax = 64 * 1024;
const peerBytesMax = 46;
const scratchBytes = 64 * 1024;
const routeGone = 503 | (ContentType.json << 16);

type Step = (exchange: Exchange, value: unknown) => Promise<unknown> | undefined;

/** Runs in the context that was current at import: none of what one handler enters is seen by another. */
const atRoot = AsyncLocalStorage.snapshot();

export { responseFlags };

export class Runtime {
  readonly core: Core = core();
  readonly pointer: Pointer;
  readonly bytesFree: number;
  readonly input: Bytes;
  readonly table: Uint32Array;
  /** Of bodies that were checked, as doubles and as words. */
  readonly numbers: Float64Array;
  readonly spans: Uint32Array;
  readonly records: Uint32Array;
  /** By the number that the core calls them. */
  readonly routes: (Route | undefined)[] = [];

  private readonly output: Bytes;
  private readonly answers: Uint32Array;
  private answerCount = 0;
  private outputUsed = 0;
  private batchNext = 0;
  private batchCount = 0;
  /** Those of the batch that have to be waited for; those before `waitingNext` have been looked at. */
  private waiting: Exchange[] = [];
  private waitingNext = 0;
  /** Whose handler is being called, or whose answer is being made. */
  private running: Exchange | undefined = undefined;
  private readonly free: Exchange[] = [];
  /** Handlers that are waited for beyond their batch. */
  private pending = 0;
  private isPumping = false;
  private isScheduled = false;
  private isAsleep = true;
  private isFlushScheduled = false;
  private holds = 0;
  /** Connections in memory, by their handles. */
  readonly links = new Map<number, Link>();
  private readonly watched = new Map<number, Exchange>();
  private readonly drained = new Map<number, () => void>();
  private readonly freeRoutes: number[] = [];
  /** For bytes that a call reads: whoever keeps them puts another in its place. */
  spare: Bytes | undefined;
  /** For text on its way to a call. */
  readonly scratch = bytesOf(new ArrayBuffer(scratchBytes));
  private readonly peerText = bytesOf(new ArrayBuffer(peerBytesMax));
  private readonly tick = (): void => {
    this.isScheduled = false;
    if (!this.isAsleep) atRoot(pump, this);
  };

  constructor(spinUs: number) {
    const views = Buffer.alloc(Views.bytes);
    check(this.core.call.fa_runtime_open(views, spinUs), "Starting the core");
    const address = (offset: number): Pointer => Number(views.readBigUInt64LE(offset)) as Pointer;
    const map = (offset: number, bytes: number): ArrayBuffer => toArrayBuffer(address(offset), 0, bytes);
    this.pointer = address(Views.runtime);
    this.bytesFree = address(Views.bytesFree);
    this.input = bytesOf(map(Views.input, views.readUInt32LE(Views.inputBytes)));
    this.table = new Uint32Array(map(Views.table, views.readUInt32LE(Views.tableWords) * 4));
    const values = map(Views.values, views.readUInt32LE(Views.valuesWords) * 8);
    this.numbers = new Float64Array(values);
    this.spans = new Uint32Array(values);
    this.records = new Uint32Array(map(Views.records, views.readUInt32LE(Views.recordsMax) * recordWords * 4));
    this.output = bytesOf(map(Views.output, views.readUInt32LE(Views.outputBytes)));
    this.answers = new Uint32Array(map(Views.responses, views.readUInt32LE(Views.responsesMax) * Answer.bytes));
    // Not at once: the bell can't ring again before this returns, so a handler that turns the event loop would wait
    // for ever.
    try {
      this.core.doorbell.attach(this.pointer, () => this.wake());
    } catch (error) {
      this.core.call.fa_runtime_close(this.pointer);
      throw error;
    }
    this.core.doorbell.unref(this.pointer);
  }

  // --- The pump ---

  pump(): void {
    // First of all: whatever throws or turns the event loop in here, there will be another one.
    this.schedule();
    const isNested = this.isPumping;
    this.isPumping = true;
    try {
      if (isNested) this.yieldRings();
      this.runBatch();
      if (this.answerCount > 0) this.flush();
      const until = performance.now() + pumpMs;
      do {
        this.isAsleep = false;
        const found = this.core.call.fa_runtime_poll(this.pointer, this.pending > 0);
        if (found <= 0) {
          this.isAsleep = found !== Poll.yield;
          return;
        }
        this.batchNext = 0;
        this.batchCount = found;
        this.runBatch();
        if (this.answerCount > 0) this.flush();
      } while (performance.now() < until);
    } finally {
      this.isPumping = isNested;
      // A loop that was turned in here has used up the one from above. Without another, the loop that called this goes
      // to sleep, even though what it waits for may be settled by now.
      this.schedule();
    }
  }

  /** A handler or a microtask of a batch turns the event loop: what it needs of the rings is copied. */
  private yieldRings(): void {
    this.running?.detach();
    this.settle(false);
  }

  /** The records that are left of the batch. */
  private runBatch(): void {
    if (this.batchNext >= this.batchCount) return;
    let sliceEnd = performance.now() + sliceMs;
    do {
      while (this.batchNext < this.batchCount) {
        const start = this.batchNext++ * recordWords;
        const kind = this.records[start + 2]! & 0xff;
        if (kind === RecordKind.request) this.begin(start);
        else this.note(kind, start);
        if ((this.batchNext & 15) === 0 && performance.now() > sliceEnd) {
          if (this.answerCount > 0) this.flush();
          sliceEnd = performance.now() + sliceMs;
        }
      }
      if (this.waiting.length > 0) this.settle(true);
      // A microtask may have turned the event loop, and that loop have begun another batch.
    } while (this.batchNext < this.batchCount);
  }

  private begin(start: number): void {
    const exchange = this.free.pop() ?? new Exchange(this);
    exchange.open(start);
    const route = this.routes[this.records[start + 1]!];
    if (route === undefined) {
      this.answerText(exchange, routeGone, "", '{"detail":"The route of this request was replaced"}');
      return;
    }
    exchange.route = route;
    const before = this.running;
    this.running = exchange;
    const promise = atRoot(route.start, exchange);
    this.running = before;
    if (promise !== undefined) this.wait(exchange, promise);
  }

  /** Until the end of the batch. */
  private wait(exchange: Exchange, promise: Promise<unknown>): void {
    // Should something turn the event loop before it is looked at, a rejection would count as one that nobody handles.
    if (Bun.peek.status(promise) !== "fulfilled") listen(promise, ignore, ignore);
    exchange.promise = promise;
    this.waiting.push(exchange);
  }

  /** Answers those whose promises are settled and lets go of the others. */
  private settle(isDraining: boolean): void {
    for (let round = 0; round < 2 && this.waiting.length > 0; round++) {
      if (isDraining) drainMicrotasks();
      const end = this.waiting.length;
      // An answer in the making may turn the event loop: the rest is then settled in there, and the list is new.
      while (this.waitingNext < Math.min(end, this.waiting.length)) this.settleOne(this.waiting[this.waitingNext++]!);
    }
    const late = this.waiting.slice(this.waitingNext);
    this.waiting = [];
    this.waitingNext = 0;
    for (const exchange of late) this.await(exchange, exchange.promise!);
  }

  private settleOne(exchange: Exchange): void {
    const promise = exchange.promise!;
    const value = Bun.peek(promise);
    if (value === promise) {
      this.await(exchange, promise);
      return;
    }
    const isError = Bun.peek.status(promise) === "rejected";
    const next = this.goOn(exchange, isError ? exchange.route.fail : exchange.route.finish, value);
    if (next !== undefined) this.wait(exchange, next);
  }

  /** With what was waited for, or because nothing came. */
  private goOn(exchange: Exchange, step: Step, value?: unknown): Promise<unknown> | undefined {
    const before = this.running;
    // Its handler has turned the event loop, and this may turn it again.
    before?.detach();
    this.running = exchange;
    const next = atRoot(step, exchange, value);
    this.running = before;
    return next;
  }

  /** Beyond the batch. */
  private await(exchange: Exchange, promise: Promise<unknown>): void {
    exchange.detach();
    const { serial, route } = exchange;
    // What somebody else has answered, because it took too long, is no longer waited for.
    const isWaited = (): boolean => exchange.serial === serial && exchange.promise === promise;
    exchange.promise = promise;
    if (exchange.stream !== undefined) {
      // It may live for hours: the pump need not hurry for it, and it has begun in time.
      this.notPending(exchange);
    } else {
      if (!exchange.isPending) this.pending++;
      exchange.isPending = true;
      if (route.handlerMs > 0) exchange.timer ??= setTimeout(() => this.timeOut(exchange, promise), route.handlerMs);
    }
    const settled = (isError: boolean, value: unknown): void => {
      if (!isWaited()) return;
      // An answer in the making may turn the event loop: from here on there is none but this.
      clearTimeout(exchange.timer);
      exchange.timer = undefined;
      exchange.promise = undefined;
      const next = this.goOn(exchange, isError ? route.fail : route.finish, value);
      if (next !== undefined) this.await(exchange, next);
    };
    listen(
      promise,
      (value) => settled(false, value),
      (error) => settled(true, error),
    );
  }

  /** Of what came since, nothing counts. */
  private timeOut(exchange: Exchange, promise: Promise<unknown>): void {
    if (exchange.promise !== promise) return;
    exchange.timer = undefined;
    exchange.promise = undefined;
    const next = this.goOn(exchange, exchange.route.timeOut, promise);
    if (next !== undefined) this.await(exchange, next);
  }

  /** The head of its answer is out: it is in time, and the pump need not hurry for the rest. */
  begun(exchange: Exchange): void {
    clearTimeout(exchange.timer);
    exchange.timer = undefined;
    this.notPending(exchange);
  }

  notPending(exchange: Exchange): void {
    if (exchange.isPending) this.pending--;
    exchange.isPending = false;
  }

  private note(kind: number, start: number): void {
    if (kind === RecordKind.aborted) {
      const exchange = this.watched.get(this.records[start]!);
      exchange?.onAbort?.();
      if (this.records[start + 1] === 1) exchange?.stream?.gone();
      return;
    }
    if (kind === RecordKind.roomy) {
      this.watched.get(this.records[start]!)?.stream?.roomy();
      return;
    }
    if (kind === RecordKind.body) {
      this.watched.get(this.records[start]!)?.inlet?.wake();
      return;
    }
    if (kind === RecordKind.link) {
      this.links.get(this.records[start]!)?.wake();
      return;
    }
    const handle = this.records[start + 1]!;
    const tell = this.drained.get(handle);
    this.drained.delete(handle);
    tell?.();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    atRoot(setImmediate, this.tick);
  }

  /** In the place of what the runtime was made with. */
  spin(us: number): void {
    this.core.call.fa_runtime_spin(this.pointer, us);
  }

  /** Something was asked of the core that only a poll brings about. */
  wake(): void {
    this.isAsleep = false;
    this.schedule();
  }

  // --- Answers ---

  /**
   * `head` is the status, with the content type's number shifted by 16 and flags by 24; `headers` is
   * `name NUL value NUL` again and again. The exchange is over with it.
   */
  answerText(exchange: Exchange, head: number, headers: string, text: string): void {
    const bytesMax = text.length * 3;
    if (this.outputUsed + bytesMax + headers.length > this.output.length) {
      this.flush();
      if (bytesMax + headers.length > this.output.length) {
        this.sendLarge(exchange, head, headers, Buffer.from(text));
        return;
      }
    }
    const headersAt = this.putHeaders(headers);
    const from = this.outputUsed;
    const bytes = bytesMax === 0 ? 0 : this.output.utf8Write(text, from, bytesMax);
    this.outputUsed = from + bytes;
    this.put(exchange, head, headersAt, headers.length, from, bytes);
  }

  answerBytes(exchange: Exchange, head: number, headers: string, body: Uint8Array): void {
    const bytes = sizeOf(body);
    const total = headers.length + bytes;
    if (bytes > copiedBytesMax || total > this.output.length) {
      this.sendLarge(exchange, head, headers, body);
      return;
    }
    if (this.outputUsed + total > this.output.length) this.flush();
    const headersAt = this.putHeaders(headers);
    const from = this.outputUsed;
    this.output.set(body, from);
    this.outputUsed = from + bytes;
    this.put(exchange, head, headersAt, headers.length, from, bytes);
  }

  private putHeaders(headers: string): number {
    const from = this.outputUsed;
    if (headers.length > 0) this.outputUsed = from + this.output.latin1Write(headers, from, headers.length);
    return from;
  }

  private put(
    exchange: Exchange,
    head: number,
    headers: number,
    headersBytes: number,
    body: number,
    bodyBytes: number,
  ): void {
    const at = this.answerCount * answerWords;
    const { answers } = this;
    answers[at] = exchange.id;
    answers[at + 1] = head;
    answers[at + 2] = headers;
    answers[at + 3] = headersBytes;
    answers[at + 4] = body;
    answers[at + 5] = bodyBytes;
    this.answerCount++;
    this.release(exchange);
    if ((this.answerCount + 1) * answerWords > answers.length) this.flush();
    else if (!this.isPumping || this.isAsleep) this.scheduleFlush();
  }

  private sendLarge(exchange: Exchange, head: number, headers: string, body: Uint8Array): void {
    if (this.answerCount > 0) this.flush();
    const answer = new Uint32Array(answerWords);
    answer[0] = exchange.id;
    answer[1] = head;
    const headerBytes = Buffer.from(headers.length > 0 ? headers : "\0", "latin1");
    check(
      this.core.call.fa_response_send(this.pointer, answer, headerBytes, headers.length, body, sizeOf(body)),
      "Sending an answer",
    );
    this.release(exchange);
  }

  /** Those that an earlier copy of this package made would run its code. */
  forgetFree(): void {
    this.free.length = 0;
  }

  /** The exchange was answered. */
  release(exchange: Exchange): void {
    exchange.close();
    // Not one that an earlier copy of this package made: it would run its code.
    if (this.free.length < freeMax && exchange instanceof Exchange) this.free.push(exchange);
  }

  /** Several that come one after the other leave together. */
  private scheduleFlush(): void {
    if (this.isFlushScheduled) return;
    this.isFlushScheduled = true;
    queueMicrotask(() => {
      this.isFlushScheduled = false;
      if (this.answerCount > 0 && this.flush()) this.wake();
    });
  }

  /** Before something is sent that they must not come after. */
  flushAnswers(): void {
    if (this.answerCount > 0) this.flush();
  }

  private flush(): boolean {
    const count = this.answerCount;
    this.answerCount = 0;
    this.outputUsed = 0;
    return this.core.call.fa_runtime_flush(this.pointer, count);
  }

  // --- Clients ---

  /** `exchange.onAbort` is called when the client goes away. */
  watch(exchange: Exchange): void {
    this.watched.set(exchange.id, exchange);
    this.core.call.fa_exchange_watch(this.pointer, exchange.id);
    this.wake();
  }

  /** The core watches streams, of both kinds, by itself. */
  watchStream(exchange: Exchange): void {
    this.watched.set(exchange.id, exchange);
  }

  unwatch(exchange: Exchange): void {
    this.watched.delete(exchange.id);
  }

  peerOf(id: number): string {
    const bytes = this.core.call.fa_exchange_peer(this.pointer, id, this.peerText);
    return this.peerText.latin1Slice(0, bytes);
  }

  // --- Routes and servers ---

  /** The number by which the core will call this route. */
  addRoute(route: Route): number {
    const id = this.freeRoutes.pop() ?? this.routes.length;
    this.routes[id] = route;
    return id;
  }

  /** Requests whose bodies are still arriving may yet come with these numbers. */
  retireRoutes(ids: readonly number[]): void {
    for (const id of ids) this.routes[id] = undefined;
  }

  /** Nothing can come with these numbers any more: they may be given anew. */
  dropRoutes(ids: readonly number[]): void {
    this.retireRoutes(ids);
    this.freeRoutes.push(...ids);
  }

  /** Resolves when the server has answered everything. Keeps the process alive until then. */
  whenDrained(server: number): Promise<void> {
    return new Promise((resolve) => {
      this.hold();
      this.drained.set(server, () => {
        this.letGo();
        resolve();
      });
    });
  }

  /** Keeps the process alive. */
  hold(): void {
    if (this.holds++ === 0) this.core.doorbell.ref(this.pointer);
  }

  letGo(): void {
    if (--this.holds === 0) this.core.doorbell.unref(this.pointer);
  }
}

/** Objects that wait for the next request; more are left to the collector. */
const freeMax = 4096;

function pump(runtime: Runtime): void {
  runtime.pump();
}

/** Something that only looks like a promise, or one that was tampered with, is an error like any other. */
function listen(promise: Promise<unknown>, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  try {
    promise.then(onValue, onError);
  } catch (error) {
    onError(error);
  }
}

function ignore(): void {
  // It has been looked at.
}

/** What a copy of this package that is loaded later must find as it knows it, fields included. */
const layout = `${abiHash.toString(16)} ${Bun.hash([Runtime, Exchange].join("\n")).toString(16)}`;
const place = Symbol.for("@fasterapi/bun");

interface Place {
  layout: string;
  runtime: Runtime;
  /** Counts the copies of the package that were loaded: with `bun --hot` there are several. */
  copies: number;
}

/** Which copy of the package this is. */
let copy = 0;

/** The runtime of this JavaScript heap, made when first asked for. A `spinUs` that is not "auto" is that of all. */
export function runtime(spinUs: number): Runtime {
  const heap = globalThis as { [place]?: Place };
  const found = heap[place];
  if (found === undefined) {
    heap[place] = { layout, runtime: new Runtime(spinUs), copies: 1 };
    copy = 1;
  } else if (found.layout !== layout) {
    throw new FasterApiError("TWO_VERSIONS", "Two versions of @fasterapi/bun are loaded; restart to go on with one");
  } else if (copy === 0) {
    // The pump and all that it calls is this copy's from now on.
    Object.setPrototypeOf(found.runtime, Runtime.prototype);
    found.runtime.forgetFree();
    found.copies++;
    copy = found.copies;
  }
  if (found !== undefined && spinUs >= 0) found.runtime.spin(spinUs);
  return heap[place]!.runtime;
}

/** After `runtime()`: which copy of the package this one is. */
export function copyNumber(): number {
  return copy;
}
