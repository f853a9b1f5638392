// What a handler is given: one request, and what it says about the answer.

import { BodyStream } from "./body-stream.ts";
import { describe } from "./describe.ts";
import { ClientGoneError, ContextExpiredError } from "./errors.ts";
import { type FormEntry, type FormFields, formDataOf, formFieldsOf, isForm, parseForm } from "./form.ts";
import type { FormLimits } from "./form-limits.ts";
import { parseJsonBody } from "./json-body.ts";
import { Method, methodTexts } from "./native/abi.ts";
import type { Build, Exchange } from "./native/exchange.ts";
import { type Outcomes, pendingOf, statusOf } from "./outcome.ts";
import { Reply } from "./reply.ts";
import { RequestHeaders } from "./request-headers.ts";
import { Fields, isJsonType, mediaType, parseCookies, parseQuery, percentDecode, withoutMark } from "./text.ts";
import { Waits } from "./waits.ts";

/**
 * The answer's status: set with an argument (an integer from 200 to 599, else `RangeError`), read without one. Behind
 * `await next()` it is the one that the value, or the error, will be sent with.
 */
export interface StatusFunction {
  (): number;
  (code: number): void;
}

/** Where it isn't known which route is meant: each has params of its own. */
export type AnyParams = Record<string, string | undefined>;

/** Of a key that the client did not send there is nothing. */
export type QueryValues = Record<string, string | string[] | undefined>;

/** What of a request a schema may be for. */
export type SchemaPart = "params" | "query" | "headers" | "cookies" | "body";

/** What is made when it is asked for, and then kept for as long as the request lives. */
interface Parts {
  params?: unknown;
  query?: unknown;
  cookies?: unknown;
  headers?: RequestHeaders;
  /** What a schema has made of it. */
  body?: { value: unknown };
  url?: URL;
  state?: object;
  request?: Request;
  abort?: AbortController;
  hasJson?: boolean;
  json?: unknown;
  form?: FormEntry[];
  fields?: FormFields;
  stream?: BodyStream;
  arrival?: Promise<void>;
  hasArrived?: boolean;
  outcomes?: Outcomes;
  waits?: Waits;
}

/** What a context needs to know of the route that it is for. */
export interface ContextRoute {
  /** `GET /users/:id`, for messages. */
  readonly name: string;
  readonly paramNames: readonly string[];
  readonly formLimits: FormLimits;
}

/**
 * One request. Every member can be taken out by destructuring and works after `await`, until the request is answered;
 * after that all of them throw `ContextExpiredError`.
 *
 * @example
 * app.get("/users/:id", async ({ params, status }) => {
 *   const user = await find(params.id);
 *   if (!user) status(404);
 *   return user ?? { detail: "no such user" };
 * });
 */
export class Context<
  Params = AnyParams,
  State extends object = Record<string, unknown>,
  Body = unknown,
  Query = QueryValues,
  Headers = unknown,
  Cookies = Record<string, string | undefined>,
> {
  readonly #exchange: Exchange;
  readonly #serial: number;
  readonly #route: ContextRoute;
  #parts: Parts | undefined;
  #reply: Reply | undefined;

  /** @internal */
  constructor(exchange: Exchange, route: ContextRoute) {
    this.#exchange = exchange;
    this.#serial = exchange.serial;
    this.#route = route;
    this.#parts = undefined;
    this.#reply = undefined;
  }

  #live(): Exchange {
    const exchange = this.#exchange;
    if (exchange.serial !== this.#serial) throw new ContextExpiredError(this.#route.name);
    return exchange;
  }

  #made(): Parts {
    this.#parts ??= {};
    return this.#parts;
  }

  #saying(): Reply {
    const exchange = this.#live();
    this.#reply ??= new Reply(exchange.method === Method.head);
    return this.#reply;
  }

  /** In capitals. */
  get method(): (typeof methodTexts)[number] {
    return methodTexts[this.#live().method]!;
  }

  /** As sent: not decoded, without the query. */
  get path(): string {
    return this.#live().path;
  }

  /** With the authority that the client asked for; `http://localhost` when that is none a URL can have. */
  get url(): URL {
    const exchange = this.#live();
    const parts = this.#made();
    parts.url ??= urlOf(exchange);
    return parts.url;
  }

  /** Of the path, percent-decoded; with a schema, what it makes of them. */
  get params(): Params {
    const exchange = this.#live();
    const names = this.#route.paramNames;
    // The most common case has no need of a place to be kept at.
    if (names.length === 1 && this.#parts === undefined) {
      const params = new Fields() as Record<string, string>;
      params[names[0]!] = percentDecode(exchange.param(0));
      this.#parts = { params };
      return params as Params;
    }
    const parts = this.#made();
    if (parts.params === undefined) {
      const params = new Fields() as Record<string, string>;
      for (let i = 0; i < names.length; i++) params[names[i]!] = percentDecode(exchange.param(i));
      parts.params = params;
    }
    return parts.params as Params;
  }

  /** Decoded, an array where a key repeats; with a schema, what it makes of that. */
  get query(): Query {
    const exchange = this.#live();
    const parts = this.#made();
    parts.query ??= parseQuery(exchange.query);
    return parts.query as Query;
  }

  /** With a schema, what it makes of them are properties too, by lower-case name. */
  get headers(): RequestHeaders & Headers {
    const exchange = this.#live();
    const parts = this.#made();
    parts.headers ??= new RequestHeaders(exchange, this.#route.name);
    return parts.headers as RequestHeaders & Headers;
  }

  /** Decoded, the first of a name; with a schema, what it makes of them. */
  get cookies(): Cookies {
    const exchange = this.#live();
    const parts = this.#made();
    parts.cookies ??= parseCookies(exchange.header("cookie"));
    return parts.cookies as Cookies;
  }

  /** The client's address; empty over a unix socket. */
  get ip(): string {
    return this.#live().peer;
  }

  /** For what middleware hands on to handlers. */
  get state(): State {
    this.#live();
    const parts = this.#made();
    parts.state ??= {};
    return parts.state as State;
  }

  /** Aborts when the client goes away before it is answered. */
  get signal(): AbortSignal {
    const exchange = this.#live();
    const parts = this.#made();
    if (parts.abort === undefined) {
      const abort = new AbortController();
      parts.abort = abort;
      exchange.onAbort = () => abort.abort(new ClientGoneError());
      exchange.runtime.watch(exchange);
    }
    return parts.abort.signal;
  }

  // --- The body ---

  /**
   * What the `Content-Type` says: parsed JSON, text, the fields of a form (an array where a name repeats), else bytes;
   * undefined without a body. Malformed JSON is a 422, a malformed form a 400, one above `limits` a 413. With a schema, what
   * that makes of it; in a route with `body: "stream"` a `ReadableStream` of bytes, which is read once.
   */
  get body(): Body {
    return this.#body() as Body;
  }

  #body(): unknown {
    const exchange = this.#live();
    if (this.#parts?.body !== undefined) return this.#parts.body.value;
    if (exchange.route.streamsBody) return this.#stream().stream;
    const type = this.#bodyType();
    if (type === undefined) return undefined;
    if (isJsonType(type)) return this.#parsedJson();
    if (type.startsWith("text/")) return withoutMark(exchange.bodyText());
    if (isForm(type)) return this.#fields();
    return this.#bytes();
  }

  /** Empty when nothing says it, undefined without a body. */
  #bodyType(): string | undefined {
    const exchange = this.#live();
    if (!exchange.hasBody) return undefined;
    const header = exchange.header("content-type");
    // `fetch` without a body says that it has none bytes.
    return header === null && exchange.bodyBytes === 0 ? undefined : mediaType(header);
  }

  /** The body as UTF-8; empty without one. */
  get text(): () => Promise<string> {
    return (given?: unknown) => this.#read("text", given, () => withoutMark(this.#live().bodyText()));
  }

  /** The body as JSON, whatever its `Content-Type`. What is none is a 422. */
  get json(): () => Promise<unknown> {
    return (given?: unknown) => this.#read("json", given, () => this.#parsedJson());
  }

  get bytes(): () => Promise<Uint8Array> {
    return (given?: unknown) => this.#read("bytes", given, () => this.#bytes());
  }

  /** The body as a form, urlencoded or multipart; a new `FormData` each time. Another media type is a 415. */
  get form(): () => Promise<FormData> {
    return (given?: unknown) => this.#read("form", given, () => formDataOf(this.#form()));
  }

  /** What `make` makes of the body. Who forgets to wait for it must not end the process by what a client sends. */
  #read<T>(name: string, given: unknown, make: () => T): Promise<T> {
    if (given !== undefined) {
      throw new TypeError(`${name}() reads the request's body; return the ${answers[name]} to answer with it`);
    }
    let made: Promise<T>;
    try {
      if (!this.#live().route.streamsBody) return Promise.resolve(make());
      made = this.#arrived().then(make);
    } catch (error) {
      made = Promise.reject(error);
    }
    made.catch(ignore);
    return made;
  }

  /** The same request as a web `Request`. */
  get request(): Request {
    const exchange = this.#live();
    const parts = this.#made();
    if (parts.request === undefined) {
      const { method } = this;
      const mayHaveBody = method !== "GET" && method !== "HEAD";
      parts.request = new Request(this.url.href, {
        method,
        headers: [...this.headers],
        signal: this.signal,
        ...(mayHaveBody && exchange.hasBody ? this.#requestBody() : {}),
      });
    }
    return parts.request;
  }

  #requestBody(): { body: Uint8Array<ArrayBuffer> } | { body: ReadableStream<Uint8Array>; duplex: "half" } {
    const isStream = this.#live().route.streamsBody && this.#made().hasArrived !== true;
    if (isStream) return { body: this.#stream().stream, duplex: "half" };
    return { body: this.#bytes() as Uint8Array<ArrayBuffer> };
  }

  #stream(): BodyStream {
    const exchange = this.#live();
    const parts = this.#made();
    parts.stream ??= new BodyStream(exchange, this.#route.name);
    return parts.stream;
  }

  /** A body that is streamed has to be read first. */
  #arrived(): Promise<void> {
    const parts = this.#made();
    parts.arrival ??= this.#collect();
    return parts.arrival;
  }

  async #collect(): Promise<void> {
    const bytes = await this.#stream().bytes();
    this.#live().adoptBody(bytes);
    this.#made().hasArrived = true;
  }

  #bytes(): Uint8Array {
    return this.#live().takeBody();
  }

  #form(): FormEntry[] {
    const contentType = this.#live().header("content-type");
    const parts = this.#made();
    parts.form ??= parseForm(this.#bytes(), contentType, this.#route.formLimits);
    return parts.form;
  }

  #fields(): FormFields {
    const parts = this.#made();
    parts.fields ??= formFieldsOf(this.#form());
    return parts.fields;
  }

  #parsedJson(build?: Build): unknown {
    const exchange = this.#live();
    const parts = this.#made();
    if (parts.hasJson !== true) {
      parts.json = parseJsonBody(exchange, build);
      parts.hasJson = true;
    }
    return parts.json;
  }

  // --- The answer ---

  get status(): StatusFunction {
    this.#live();
    return ((code?: number): number | undefined => {
      if (code === undefined) {
        this.#live();
        const said = this.#reply?.status ?? 0;
        const outcomes = this.#parts?.outcomes;
        return outcomes === undefined ? said || 200 : statusOf(outcomes, said);
      }
      this.#saying().setStatus(code);
      this.#forgetOutcomes();
      return undefined;
    }) as StatusFunction;
  }

  /** Who says a status makes an answer of his own. */
  #forgetOutcomes(): void {
    const outcomes = this.#parts?.outcomes;
    if (outcomes !== undefined) this.#parts!.outcomes = pendingOf(outcomes);
  }

  /**
   * Sets a header of the answer. Throws `TypeError` for what would split it, for what frames messages, and for a value
   * that is neither text nor a number.
   */
  get set(): (name: string, value: string | number) => void {
    this.#live();
    return (name, value) => this.#saying().put(name, value, false);
  }

  /** Adds a header of the answer to those of the same name. */
  get append(): (name: string, value: string | number) => void {
    this.#live();
    return (name, value) => this.#saying().put(name, value, true);
  }

  /** The answer that sends the client to another place; to be returned. `code` is an integer from 300 to 308. */
  get redirect(): (to: string | URL, code?: number) => Response {
    this.#live();
    return (to, code = 302) => {
      this.#live();
      return redirectTo(to, code);
    };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    if (this.#exchange.serial !== this.#serial) return "Context (answered)";
    return `Context ${this.method} ${this.path}`;
  }

  /** @internal */
  static replyOf(context: Context): Reply | undefined {
    return context.#reply;
  }

  /** @internal The status of what is being answered in the handler's place, and its headers. */
  static preset(context: Context, status: number, headers: Readonly<Record<string, string>> = {}): void {
    const reply = context.#saying();
    reply.forgetBody();
    reply.setStatus(status);
    context.#forgetOutcomes();
    for (const [name, value] of Object.entries(headers)) reply.put(name, value, false);
  }

  /** @internal The head is on its way: `onLate` is called when somebody wants to change it. */
  static seal(context: Context, reply: Reply, onLate: () => void): void {
    reply.onLate = onLate;
    context.#reply = reply;
  }

  /** @internal What is inside of the middleware at `depth` came to this, or will when it is a promise. */
  static became(context: Context, depth: number, outcome: unknown): void {
    if (context.#exchange.serial !== context.#serial) return;
    const parts = context.#made();
    parts.outcomes ??= [];
    parts.outcomes[depth] = { is: outcome };
  }

  /** @internal What the middleware at `depth` is given to wait for: should it take too long, it can be told. */
  static wait(context: Context, depth: number, inner: Promise<unknown>): Promise<unknown> {
    if (context.#exchange.serial !== context.#serial) return inner;
    const parts = context.#made();
    parts.waits ??= new Waits();
    return parts.waits.add(depth, inner);
  }

  /** @internal Middleware that wait for what is inside of them. */
  static waitsOf(context: Context): Waits | undefined {
    return context.#parts?.waits;
  }

  /** @internal */
  static forget(context: Context): void {
    context.#reply = undefined;
  }

  /** @internal The core has checked it by the schema of its route. */
  static isBodyValid(context: Context): boolean {
    return context.#live().bodyIsValid;
  }

  /** @internal The body, which is JSON; `build` is that of its schema. */
  static jsonOf(context: Context, build: Build | undefined): unknown {
    return context.#parsedJson(build);
  }

  /** @internal */
  static bodyType(context: Context): string | undefined {
    return context.#bodyType();
  }

  /** @internal From now on this part is what its schema has made of it. */
  static accept(context: Context, part: SchemaPart, value: unknown): void {
    const parts = context.#made();
    if (part === "body") parts.body = { value };
    else if (part === "headers") parts.headers = new RequestHeaders(context.#live(), context.#route.name, value);
    else parts[part] = value;
  }

  /** @internal */
  static unrouted(context: Context): { kind: number; allowed: number } {
    const exchange = context.#live();
    return { kind: exchange.unrouted, allowed: exchange.allowedMethods };
  }

  /** @internal */
  static abort(context: Context, reason: Error): void {
    context.#parts?.abort?.abort(reason);
  }
}

/** What those who take `json(…)` for the answer want to send. */
const answers: Record<string, string> = { text: "text", json: "object", bytes: "bytes", form: "fields" };

function ignore(): void {
  // Whoever waits for it hears of it.
}

function urlOf(exchange: Exchange): URL {
  const { target } = exchange;
  const host = exchange.header("host") || "localhost";
  // Of the server as a whole, `*`, there is no path.
  const text = target === "*" ? `http://${host}` : target.startsWith("/") ? `http://${host}${target}` : target;
  const pathAndQuery = exchange.path + (exchange.query && `?${exchange.query}`);
  return URL.parse(text) ?? URL.parse(`http://localhost${pathAndQuery}`) ?? new URL("http://localhost/");
}

function redirectTo(to: string | URL, code: number): Response {
  if (typeof to !== "string" && !(to instanceof URL)) {
    throw new TypeError(`redirect takes (to, code), where to is a string or a URL, not ${describe(to)}`);
  }
  if (!Number.isInteger(code) || code < 300 || code > 308) {
    throw new RangeError(`The status of a redirect is an integer from 300 to 308, not ${code}`);
  }
  // What a header can't hold, percent-encoded; what is encoded already stays.
  const location = String(to).replace(/[^\x21-\x7e]+/g, (part) => encodeURI(part.toWellFormed()));
  return new Response(null, { status: code, headers: { location } });
}
