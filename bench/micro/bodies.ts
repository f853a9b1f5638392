/** A body's way from bytes to what its handler sees: checked and parsed, or checked and built. */
import { deepEquals } from "bun";
import { Compile } from "typebox/schema";
import { bytesOf } from "../../src/native/bytes.ts";
import { buildOf } from "../../src/schema/build.ts";
import type { Keywords } from "../../src/schema/json-schema.ts";
import { nativeSchema } from "../../src/schema/native.ts";
import { Order } from "../load/servers/order.ts";
import { orderItems, orderOf } from "../orders.ts";
import { schemaChecker } from "./library.ts";
import type { Case } from "./run.ts";

/** In a ring, as they lie when they arrive. */
const ringBytes = 256 * 1024;
const offset = 192;

/** What is kept can't be left out by the compiler. */
const kept: unknown[] = [];

export function* bodyCases(): Generator<Case> {
  const schema: Keywords = { ...Order };
  const build = buildOf(schema);
  const native = nativeSchema(schema)?.text;
  if (build === undefined || native === undefined) throw new Error("the core can't check orders");
  const compiled = Compile(Order);
  for (const items of Object.values(orderItems)) {
    const text = orderOf(items);
    const ring = bytesOf(new ArrayBuffer(ringBytes));
    const size = ring.latin1Write(text, offset, text.length);
    const words = new Float64Array(new ArrayBuffer(ringBytes * 2));
    const spans = new Uint32Array(words.buffer);
    const core = schemaChecker(native, ring.subarray(offset), size, spans);
    const wanted = JSON.parse(text);
    const repeat = (make: () => unknown) => (count: number) => {
      for (let i = 0; i < count; i++) kept[i & 3] = make();
      return count;
    };
    const parsed = () => JSON.parse(ring.utf8Slice(offset, offset + size));
    const parsedLatin1 = () => JSON.parse(ring.latin1Slice(offset, offset + size));
    const checked = () => {
      const value = parsed();
      if (!compiled.Check(value)) throw new Error("not valid");
      return value;
    };
    const built = () => build(words, spans, 0, ring, offset);
    const both = (first: (count: number) => number, then: () => unknown) => () => {
      if (first(1) !== 1) throw new Error("not valid");
      return then();
    };
    const count = Math.ceil(1000 / items);
    const cases: [string, (count: number) => number, (() => unknown)?][] = [
      ["JSON.parse", repeat(parsed), parsed],
      ["JSON.parse of latin1", repeat(parsedLatin1), parsedLatin1],
      ["JSON.parse, TypeBox", repeat(checked), checked],
      ["core's check", core.check],
      ["core's check, values taken", core.take],
      ["core's check, then JSON.parse", repeat(both(core.check, parsed)), both(core.check, parsed)],
      ["built from values", repeat(built), built],
      ["core's check, then built", repeat(both(core.take, built)), both(core.take, built)],
    ];
    for (const [what, run, make] of cases) {
      const check = () => {
        if (core.take(1) !== 1 || run(count) !== count) throw new Error(`${what}: not valid`);
        if (make !== undefined && !deepEquals(make(), wanted)) throw new Error(`${what}: another value`);
      };
      yield { name: `${what}, ${size} B`, count, check, run };
    }
  }
}
