// Values that do what no handler should throw or return: made anew for each request.
// biome-ignore-all lint/suspicious/noThenProperty: odd thenables are among them.

const refuse = (name: string) => () => {
  throw new Error(`secret of ${name}`);
};

/** Of every trap that a proxy can have. */
export const hostile: ProxyHandler<object> = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).map((name) => [name, refuse(name)]),
);

export function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

export function cycle(): object {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

export function deep(): unknown {
  let value: unknown = [];
  for (let i = 0; i < 200_000; i++) value = [value];
  return value;
}

export function endless(): number {
  return endless() + 1;
}

/** With a property that throws when it is read. */
export function spoilt<T extends object>(value: T, name: string): T {
  return Object.defineProperty(value, name, { get: refuse(name), enumerable: true });
}

export function later<T>(value: T): Promise<T> {
  return Bun.sleep(1).then(() => value);
}

/** Without being reported as one that nobody handles. */
export function rejected(): Promise<never> {
  const promise = Promise.reject(new Error("secret"));
  promise.catch(() => undefined);
  return promise;
}

type Resolve = (value: unknown) => void;

export class Thenable {
  readonly then: (resolve: Resolve) => void;

  constructor(then: (resolve: Resolve) => void) {
    this.then = then;
  }
}

/** Begins when it is waited for. */
export class Lazy extends Promise<unknown> {
  override then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return later("lazy").then(onValue, onError);
  }
}

export class Refusing extends Promise<unknown> {
  override then(): never {
    throw new Error("secret");
  }
}

export class Odd {
  readonly seen = 1;
  get hidden() {
    return 2;
  }
}

export function readAlready(): Response {
  const response = new Response("secret");
  response.text();
  return response;
}

export function failingStream(): ReadableStream {
  return new ReadableStream({ pull: refuse("a stream") });
}

export function sparse(): unknown[] {
  const list: unknown[] = [];
  list[2] = 1;
  return list;
}

export function detached(): ArrayBuffer {
  const bytes = new ArrayBuffer(8);
  structuredClone(bytes, { transfer: [bytes] });
  return bytes;
}

export function detachedArray(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

/** An array that says it has more bytes than there are. */
export function boastful(): Uint8Array {
  return Object.defineProperty(new Uint8Array(2), "byteLength", { get: () => 1e9 });
}
