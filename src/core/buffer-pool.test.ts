import { describe, expect, test } from "bun:test";
import { BufferPool, MisuseError } from "./index.ts";

const KB = 1024;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    return (error as MisuseError).code;
  }
  throw new Error("Nothing was thrown");
}

test("a buffer has the length that was asked for, in a block of its class", () => {
  using pool = new BufferPool();
  for (const size of [0, 1, 1023, 1024, 1025, 2048, 2049, 65_536, 65_537, 262_144]) {
    const buffer = pool.acquire(size);
    expect(buffer.bytes.length).toBe(size);
    const held = Math.max(KB, 2 ** Math.ceil(Math.log2(size)));
    expect(buffer.bytes.buffer.byteLength).toBe(held);
    expect(pool.stats.classes.filter(({ inUse }) => inUse > 0)).toEqual([{ bytes: held, idle: 0, inUse: 1 }]);
    buffer.release();
    expect(pool.stats.classes.find(({ bytes }) => bytes === held)!.idle).toBeGreaterThan(0);
  }
  expect(pool.stats.classes.map(({ bytes }) => bytes)).toEqual(
    [1, 2, 4, 8, 16, 32, 64, 128, 256, Infinity].map((count) => count * KB),
  );
});

test("the last one given back is the next one given out, at any length of its class", () => {
  using pool = new BufferPool();
  const [a, b] = [pool.acquire(1_000), pool.acquire(900)];
  const [first, second] = [a.bytes.buffer, b.bytes.buffer];
  expect(first).not.toBe(second);
  a.bytes.fill(7);
  b.release();
  a.release();
  const c = pool.acquire(10);
  expect(c.bytes.buffer).toBe(first);
  expect(c.bytes).toEqual(new Uint8Array(10).fill(7));
  const d = pool.acquire(1_024);
  expect(d.bytes.buffer).toBe(second);
  expect(pool.acquire(1_024).bytes.buffer).not.toBe(first);
  expect(pool.stats).toMatchObject({ acquired: 5, misses: 3, idleBytes: 0, inUse: 3 });
});

test("only the last release gives it back", () => {
  using pool = new BufferPool();
  const buffer = pool.acquire(100);
  expect(buffer.retain()).toBe(buffer);
  const { bytes } = buffer;
  buffer.release();
  expect(buffer.bytes).toBe(bytes);
  expect(pool.acquire(100).bytes.buffer).not.toBe(bytes.buffer);
  buffer.release();
  expect(pool.acquire(100).bytes.buffer).toBe(bytes.buffer);
});

test("what is larger than the largest class is not kept", () => {
  using pool = new BufferPool();
  const buffer = pool.acquire(256 * KB + 1);
  expect(buffer.bytes.length).toBe(256 * KB + 1);
  expect(pool.stats.classes.at(-1)).toEqual({ bytes: Infinity, idle: 0, inUse: 1 });
  buffer.release();
  expect(pool.stats).toMatchObject({ idleBytes: 0, inUse: 0 });
});

test("of each size no more is kept than was said", () => {
  for (const [idleBytes, kept] of [
    [4 * KB, 4],
    [4 * KB - 1, 3],
    [0, 0],
  ] as const) {
    using pool = new BufferPool({ idleBytes });
    const all = Array.from({ length: 9 }, () => [pool.acquire(1), pool.acquire(4 * KB)]).flat();
    for (const one of all) one.release();
    const large = idleBytes >= 4 * KB ? 1 : 0;
    expect(pool.stats.idleBytes).toBe(kept * KB + large * 4 * KB);
  }
});

test("using gives back at the end of the block", () => {
  using pool = new BufferPool();
  {
    using buffer = pool.acquire(10);
    buffer.bytes[0] = 1;
    expect(pool.stats.inUse).toBe(1);
  }
  expect(pool.stats.inUse).toBe(0);
});

describe("misuse", () => {
  test("of one that was given back, also when another has its memory", () => {
    using pool = new BufferPool();
    const old = pool.acquire(50);
    old.release();
    const next = pool.acquire(50);
    for (const run of [() => old.bytes, () => old.release(), () => old.retain()]) {
      expect(codeOf(run)).toBe("RELEASED");
    }
    expect(next.bytes.length).toBe(50);
    next.release();
    expect(codeOf(() => next.release())).toBe("RELEASED");
    expect(pool.stats).toMatchObject({ inUse: 0, idleBytes: KB });
  });

  test("sizes that can't be", () => {
    using pool = new BufferPool();
    for (const wrong of [-1, 1.5, Number.NaN, Infinity, 2 ** 32, "5", undefined]) {
      expect(codeOf(() => pool.acquire(wrong as number))).toBe("ARGUMENT_INVALID");
    }
    for (const wrong of [-1, 0.5, Infinity, "5"]) {
      expect(codeOf(() => new BufferPool({ idleBytes: wrong as number }))).toBe("ARGUMENT_INVALID");
    }
    expect(pool.stats).toMatchObject({ acquired: 0, misses: 0, inUse: 0 });
  });

  test("after the end", () => {
    const pool = new BufferPool();
    const [held, idle] = [pool.acquire(10), pool.acquire(10)];
    idle.release();
    pool.close();
    pool.close();
    expect(pool.stats.idleBytes).toBe(0);
    expect(codeOf(() => pool.acquire(10))).toBe("CLOSED");
    expect(held.bytes.length).toBe(10);
    held.release();
    expect(pool.stats).toMatchObject({ inUse: 0, idleBytes: 0 });
  });
});

describe("memory that somebody has kept", () => {
  test("is still memory: of the next user, or of nobody", () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(1_024);
    const kept = buffer.bytes;
    buffer.release();
    pool.acquire(1_024).bytes.fill(9);
    expect(kept[1_023]).toBe(9);
    pool.close();
    Bun.gc(true);
    kept.fill(3);
    expect(kept.every((byte) => byte === 3)).toBe(true);
  });

  test("may be transferred while it is in use, or after: the pool gives out none of that", () => {
    for (const isHeld of [true, false]) {
      using pool = new BufferPool();
      const buffer = pool.acquire(2_000);
      const { bytes } = buffer;
      if (!isHeld) buffer.release();
      const moved = structuredClone(bytes, { transfer: [bytes.buffer] });
      if (isHeld) {
        expect(buffer.bytes.length).toBe(0);
        buffer.release();
      }
      const next = pool.acquire(2_000);
      next.bytes.fill(5);
      moved.fill(1);
      expect(next.bytes).toEqual(new Uint8Array(2_000).fill(5));
      expect(pool.stats).toMatchObject({ acquired: 2, misses: 2, inUse: 1, idleBytes: 0 });
    }
  });
});

test("what is forgotten is freed", async () => {
  using pool = new BufferPool();
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < 500; i++) refs.push(new WeakRef(pool.acquire(1_024).bytes));
  for (let i = 0; i < 20 && refs.some((ref) => ref.deref() !== undefined); i++) {
    await Bun.sleep(1);
    Bun.gc(true);
  }
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(25);
});

test("under any order of use no two users have the same memory", () => {
  using pool = new BufferPool({ idleBytes: 16 * KB });
  let state = 7;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const held: { buffer: ReturnType<BufferPool["acquire"]>; mark: number; references: number }[] = [];
  for (let i = 0; i < 20_000; i++) {
    const at = random(held.length);
    const one = held[at];
    if (one === undefined || (random(2) === 0 && held.length < 200)) {
      const buffer = pool.acquire(1 + random(9_000));
      const mark = i % 251;
      buffer.bytes.fill(mark);
      held.push({ buffer, mark, references: 1 });
    } else if (random(3) === 0) {
      one.buffer.retain();
      one.references++;
    } else {
      const { bytes } = one.buffer;
      if (bytes[0] !== one.mark || bytes.at(-1) !== one.mark) throw new Error(`at ${i}: another's mark`);
      one.buffer.release();
      if (--one.references === 0) held.splice(at, 1);
    }
  }
  expect(pool.stats.inUse).toBe(held.length);
  expect(pool.stats.misses).toBeLessThan(pool.stats.acquired / 2);
});
