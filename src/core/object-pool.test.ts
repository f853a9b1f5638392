import { describe, expect, test } from "bun:test";
import { MisuseError, ObjectPool } from "./index.ts";

interface Point {
  x: number;
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return (error as MisuseError).code;
  }
  throw new Error("Nothing was thrown");
}

const clear = (point: Point) => {
  point.x = 0;
};

test("what was given back last is given out next, cleared", () => {
  using pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), reset: clear, max: 2 });
  const [a, b] = [pool.acquire(), pool.acquire()];
  expect(a).not.toBe(b);
  a.x = 7;
  b.x = 8;
  pool.release(a);
  pool.release(b);
  expect([a.x, b.x]).toEqual([0, 0]);
  expect(pool.acquire()).toBe(b);
  expect(pool.acquire()).toBe(a);
  expect(pool.stats).toEqual({ acquired: 4, misses: 2, idle: 0, inUse: 2, dropped: 0 });
});

test("no more than max are kept, and those that are not aren't cleared", () => {
  using pool = new ObjectPool<Point>({ create: () => ({ x: 1 }), reset: clear, max: 1 });
  const all = [pool.acquire(), pool.acquire(), pool.acquire()];
  for (const one of all) pool.release(one);
  expect(all.map(({ x }) => x)).toEqual([0, 1, 1]);
  expect(pool.stats).toEqual({ acquired: 3, misses: 3, idle: 1, inUse: 0, dropped: 2 });
  using none = new ObjectPool<Point>({ create: () => ({ x: 1 }), max: 0 });
  none.release(none.acquire());
  expect(none.stats).toEqual({ acquired: 1, misses: 1, idle: 0, inUse: 0, dropped: 1 });
});

test("objects of any kind, frozen ones, functions and proxies too", () => {
  const kinds: (() => object)[] = [
    () => new Map(),
    () => new Uint8Array(9),
    () => () => 1,
    () => new Proxy({}, {}),
    () => Object.create(null) as object,
    () => [1],
    () => Object.preventExtensions({}),
  ];
  for (const create of kinds) {
    using pool = new ObjectPool({ create, max: 1 });
    const object = pool.acquire();
    const keys = Reflect.ownKeys(object);
    pool.release(object);
    expect(pool.acquire()).toBe(object);
    expect(Reflect.ownKeys(object)).toEqual(keys);
  }
});

describe("misuse", () => {
  test("twice, of others, and of what is no object", () => {
    using pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), max: 1 });
    using other = new ObjectPool<Point>({ create: () => ({ x: 0 }), max: 1 });
    const [kept, dropped] = [pool.acquire(), pool.acquire()];
    pool.release(kept);
    pool.release(dropped);
    for (const one of [kept, dropped]) expect(codeOf(() => pool.release(one))).toBe("RELEASED");
    expect(codeOf(() => pool.release(other.acquire()))).toBe("FOREIGN");
    for (const foreign of [{ x: 1 }, Object.create(kept), null, new Proxy(kept, {})]) {
      expect(codeOf(() => pool.release(foreign as Point))).toBe("FOREIGN");
    }
    for (const wrong of [1, undefined, "x"]) {
      expect(codeOf(() => pool.release(wrong as never))).toBe("ARGUMENT_INVALID");
    }
    expect(pool.stats).toEqual({ acquired: 2, misses: 2, idle: 1, inUse: 0, dropped: 1 });
  });

  test("options that can't be", () => {
    const create = () => ({});
    for (const wrong of [
      { create: 1, max: 1 },
      { create, max: -1 },
      { create, max: 1.5 },
      { create, max: 1, reset: 1 },
    ]) {
      expect(codeOf(() => new ObjectPool(wrong as never))).toBe("ARGUMENT_INVALID");
    }
    using numbers = new ObjectPool({ create: (() => 1) as never, max: 1 });
    expect(codeOf(() => numbers.acquire())).toBe("ARGUMENT_INVALID");
    expect(numbers.stats.misses).toBe(0);
  });

  test("a create that makes one object twice", () => {
    const point = { x: 1 };
    using pool = new ObjectPool<Point>({ create: () => point, max: 1 });
    expect(pool.acquire()).toBe(point);
    expect(codeOf(() => pool.acquire())).toBe("FOREIGN");
    expect(pool.stats).toEqual({ acquired: 1, misses: 1, idle: 0, inUse: 1, dropped: 0 });
    pool.release(point);
    expect(pool.acquire()).toBe(point);
  });

  test("after the end nothing is given out, and all is taken back", () => {
    const pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), max: 5 });
    const [held, idle] = [pool.acquire(), pool.acquire()];
    pool.release(idle);
    pool.close();
    pool.close();
    expect(codeOf(() => pool.acquire())).toBe("CLOSED");
    pool.release(held);
    expect(codeOf(() => pool.release(held))).toBe("RELEASED");
    expect(pool.stats).toEqual({ acquired: 2, misses: 2, idle: 0, inUse: 0, dropped: 2 });
  });
});

describe("errors lose nothing", () => {
  test("of create", () => {
    let fails = true;
    const create = () => {
      if (fails) throw new RangeError("no");
      return { x: 0 };
    };
    using pool = new ObjectPool<Point>({ create, max: 1 });
    expect(() => pool.acquire()).toThrow(RangeError);
    expect(pool.stats).toEqual({ acquired: 0, misses: 0, idle: 0, inUse: 0, dropped: 0 });
    fails = false;
    pool.release(pool.acquire());
    expect(pool.stats.idle).toBe(1);
  });

  test("of reset: what isn't clear is dropped", () => {
    const reset = ({ x }: Point) => {
      if (x < 0) throw new RangeError("no");
    };
    using pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), reset, max: 2 });
    const object = pool.acquire();
    object.x = -1;
    expect(() => pool.release(object)).toThrow(RangeError);
    expect(pool.stats).toEqual({ acquired: 1, misses: 1, idle: 0, inUse: 0, dropped: 1 });
    expect(codeOf(() => pool.release(object))).toBe("RELEASED");
    expect(pool.acquire()).not.toBe(object);
  });

  test("a reset that uses the pool", () => {
    const held: Point[] = [];
    const reset = () => {
      const other = held.pop();
      if (other !== undefined) pool.release(other);
    };
    const pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), reset, max: 2 });
    const first = pool.acquire();
    held.push(pool.acquire(), pool.acquire());
    pool.release(first);
    expect(pool.stats).toEqual({ acquired: 3, misses: 3, idle: 2, inUse: 0, dropped: 1 });
    expect(pool.acquire()).not.toBe(pool.acquire());
  });
});

describe("use", () => {
  test("gives back after the function, and after its error", () => {
    using pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), max: 1 });
    expect(pool.use((point) => ++point.x)).toBe(1);
    const failing = () =>
      pool.use(() => {
        throw new RangeError("no");
      });
    expect(failing).toThrow(RangeError);
    expect(pool.stats).toEqual({ acquired: 2, misses: 1, idle: 1, inUse: 0, dropped: 0 });
  });

  test("and after its promise", async () => {
    using pool = new ObjectPool<Point>({ create: () => ({ x: 0 }), max: 1 });
    const going = pool.use(async (point) => {
      await Bun.sleep(1);
      return point;
    });
    expect(pool.stats.inUse).toBe(1);
    expect(await going).toEqual({ x: 0 });
    expect(pool.stats.inUse).toBe(0);
    const failing = pool.use(() => Promise.reject(new RangeError("no")));
    await expect(failing).rejects.toThrow(RangeError);
    expect(pool.stats).toEqual({ acquired: 2, misses: 1, idle: 1, inUse: 0, dropped: 0 });
  });
});

test("what is forgotten is not kept alive", async () => {
  using pool = new ObjectPool({ create: () => ({}), max: 100 });
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < 1_000; i++) refs.push(new WeakRef(pool.acquire()));
  for (let i = 0; i < 20 && refs.some((ref) => ref.deref() !== undefined); i++) {
    await Bun.sleep(1);
    Bun.gc(true);
  }
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(50);
  expect(pool.stats.inUse).toBe(1_000);
});
