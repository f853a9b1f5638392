// Middleware that wait for what is inside of them, in routes whose handlers may take too long.

interface Wait {
  /** What is waited for. */
  inner: Promise<unknown>;
  /** What the middleware sees of it. */
  promise: Promise<unknown>;
  reject(error: unknown): void;
}

export class Waits {
  /** The outermost first; none of those that have not called `next` yet. */
  private readonly byDepth: (Wait | undefined)[] = [];

  add(depth: number, inner: Promise<unknown>): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    inner.then(resolve, reject);
    this.byDepth[depth] = { inner, promise, reject };
    return promise;
  }

  /**
   * To the innermost that still waits, `next()` rejects with `error`: those around it hear of it in their turn. Returns
   * what it has waited for.
   */
  end(error: unknown): Promise<unknown> | undefined {
    const wait = this.byDepth.findLast((each) => each !== undefined && Bun.peek.status(each.promise) === "pending");
    if (wait === undefined) return undefined;
    // Nobody may look at it.
    wait.promise.catch(ignore);
    wait.reject(error);
    return wait.inner;
  }

  /** All at once, the innermost first, whatever those inside have made of it. */
  endAll(error: unknown): void {
    while (this.end(error) !== undefined);
  }

  /** Nobody waits any more. */
  forget(): void {
    this.byDepth.length = 0;
  }
}

function ignore(): void {
  // It is told to those who wait.
}
