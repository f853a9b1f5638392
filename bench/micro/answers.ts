/** Answers to JSON: the engine's own way, fast-json-stringify, and a serializer written by hand for one schema. */

import { Order } from "../load/servers/order.ts";
import { orderItems, orderOf } from "../orders.ts";
import { installPeers } from "../tools.ts";
import type { Case } from "./run.ts";

await installPeers();
const name = "fast-json-stringify";
const compile: (schema: object) => (value: unknown) => string = (await import(name)).default;

const Receipt = { type: "object", properties: { ok: { type: "boolean" }, total: { type: "integer" } } };
const User = {
  type: "object",
  properties: {
    id: { type: "integer" },
    name: { type: "string" },
    email: { type: "string" },
    admin: { type: "boolean" },
  },
};
const Users = { type: "array", items: User };

interface UserValue {
  id: number;
  name: string;
  email: string;
  admin: boolean;
}
interface OrderValue {
  id: number;
  name: string;
  items: { sku: string; qty: number; price: number }[];
}

const users: UserValue[] = Array.from({ length: 100 }, (_, i) => ({
  id: i + 1,
  name: `User Number ${i}`,
  email: `user${i}@example.com`,
  admin: i % 10 === 0,
}));

/** Of printable ASCII, without what has to be escaped. */
const plain = /^[ !#-[\]-~]*$/;
const quoted = (text: string) => (!plain.test(text) ? JSON.stringify(text) : `"${text}"`);

function writeUsers(list: UserValue[]): string {
  let text = "";
  for (const { id, name, email, admin } of list) {
    text += `${text === "" ? "[" : ","}{"id":${id},"name":${quoted(name)},"email":${quoted(email)},"admin":${admin}}`;
  }
  return text === "" ? "[]" : `${text}]`;
}

function writeOrder({ id, name, items }: OrderValue): string {
  let text = "";
  for (const { sku, qty, price } of items) {
    text += `${text === "" ? "[" : ","}{"sku":${quoted(sku)},"qty":${qty},"price":${price}}`;
  }
  return `{"id":${id},"name":${quoted(name)},"items":${text === "" ? "[" : text}]}`;
}

const receipt = { ok: true, total: 4 };
const contenders = [
  {
    what: "the answer to an order",
    value: receipt,
    schema: Receipt,
    write: ({ ok, total }: typeof receipt) => `{"ok":${ok},"total":${total}}`,
    count: 1000,
  },
  { what: "100 users", value: users, schema: Users, write: writeUsers, count: 20 },
  {
    what: "an order of 100 KB",
    value: JSON.parse(orderOf(orderItems.large)) as OrderValue,
    schema: Order,
    write: writeOrder,
    count: 2,
  },
] as { what: string; value: unknown; schema: object; write: (value: unknown) => string; count: number }[];

/** All of a text that is put together is written out: what is only a list of pieces would be too cheap. */
const out = Buffer.alloc(1024 * 1024);

export function* answerCases(): Generator<Case> {
  for (const { what, value, schema, write, count } of contenders) {
    const wanted = JSON.stringify(value);
    const ways = { "JSON.stringify": JSON.stringify, "fast-json-stringify": compile(schema), "by hand": write };
    for (const [way, make] of Object.entries(ways)) {
      const run = (times: number) => {
        let bytes = 0;
        for (let i = 0; i < times; i++) bytes += out.write(make(value));
        return bytes;
      };
      const check = () => {
        if (make(value) !== wanted || run(count) !== count * wanted.length) throw new Error(`${way}: another text`);
      };
      yield { name: `${way}, ${what} (${wanted.length} B)`, count, check, run };
    }
  }
}
