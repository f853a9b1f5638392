import { expect, test } from "bun:test";
import { Type as t } from "typebox";
import { type Keywords, Scope } from "../schema/json-schema.ts";
import { Components, type Mode } from "./components.ts";

function shown(...schemas: (object | [object, Mode])[]) {
  const components = new Components();
  const nodes = schemas.map((given) => {
    const [schema, mode] = Array.isArray(given) ? given : [given, "Input" as const];
    return components.shown(schema as Keywords, new Scope(schema as Keywords), mode, "Hint");
  });
  return { nodes, schemas: components.schemas };
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test("what has an $id, or a title and parts, stands once; a titled text stays where it is", () => {
  const Item = t.Object({ sku: t.String({ title: "Number" }) }, { $id: "https://example.org/schemas/item.json" });
  const Order = t.Object({ items: t.Array(Item), first: Item }, { title: "An order" });
  expect(shown(Order, t.Array(Order))).toEqual({
    nodes: [ref("AnOrder"), { type: "array", items: ref("AnOrder") }],
    schemas: {
      AnOrder: {
        type: "object",
        title: "An order",
        required: ["items", "first"],
        properties: { items: { type: "array", items: ref("Item") }, first: ref("Item") },
      },
      Item: { type: "object", required: ["sku"], properties: { sku: { type: "string", title: "Number" } } },
    },
  });
});

test("two schemas of one name are told apart, two of one content are not", () => {
  const one = () => t.Object({ a: t.String() }, { $id: "Thing" });
  const other = t.Object({ b: t.String() }, { $id: "Thing" });
  const { nodes, schemas } = shown(one(), other, one());
  expect(nodes).toEqual([ref("Thing"), ref("Thing2"), ref("Thing")]);
  expect(Object.keys(schemas)).toEqual(["Thing", "Thing2"]);
});

test("what contains itself does so in the document, wherever its names are written", () => {
  const node = (link: string) => ({ type: "object", properties: { next: { $ref: link } } });
  const made = { type: "object", properties: { next: ref("Node") } };
  expect(shown(t.Cyclic({ Node: t.Object({ next: t.Optional(t.Ref("Node")) }) }, "Node")).schemas).toEqual({
    Node: made,
  });
  const defs = { $defs: { Node: node("#/$defs/Node") }, $ref: "#/$defs/Node" };
  expect(shown(defs, defs)).toEqual({ nodes: [ref("Node"), ref("Node")], schemas: { Node: made } });
  expect(shown({ definitions: { "a/b": node("#/definitions/a~1b") }, $ref: "#/definitions/a~1b" }).nodes).toEqual([
    ref("A1b"),
  ]);
  expect(shown({ $id: "Self", ...node("#") })).toEqual({
    nodes: [ref("Self")],
    schemas: { Self: { type: "object", properties: { next: ref("Self") } } },
  });
  expect(shown(node("#"))).toEqual({
    nodes: [{ type: "object", properties: { next: ref("HintNext") } }],
    schemas: { HintNext: { type: "object", properties: { next: ref("HintNext") } } },
  });
});

test("the same name in two scopes is two things", () => {
  const inner = (type: string) => ({ $defs: { X: { type } }, properties: { x: { $ref: "#/$defs/X" } } });
  expect(shown({ allOf: [inner("string"), inner("integer")] })).toEqual({
    nodes: [{ allOf: [{ properties: { x: ref("X") } }, { properties: { x: ref("X2") } }] }],
    schemas: { X: { type: "string" }, X2: { type: "integer" } },
  });
});

test("a request may leave out what has a default, an answer has it: two, where that makes a difference", () => {
  const Page = t.Object({ size: t.Integer({ default: 20 }), q: t.String() }, { $id: "Page" });
  const Plain = t.Object({ q: t.String() }, { $id: "Plain" });
  const { nodes, schemas } = shown(Page, [Page, "Output"], Plain, [Plain, "Output"]);
  expect(nodes).toEqual([ref("Page"), ref("PageOutput"), ref("Plain"), ref("Plain")]);
  expect([schemas["Page"], schemas["PageOutput"]]).toEqual([
    expect.objectContaining({ required: ["q"] }),
    expect.objectContaining({ required: ["size", "q"] }),
  ]);
});

test("only what JSON Schema knows is left", () => {
  const odd = {
    $schema: "x",
    $comment: "kept",
    "~kind": "Odd",
    "x-own": { any: [1] },
    type: ["string", "bigint"],
    pattern: /a+/,
    minimum: 5n,
    default: undefined,
    examples: [{ $ref: "is data" }],
    properties: { $id: { type: "undefined" }, title: true },
    items: [{ type: "string" }],
    additionalItems: false,
  };
  expect(shown(odd).nodes).toEqual([
    {
      $comment: "kept",
      "x-own": { any: [1] },
      type: "string",
      pattern: "a+",
      examples: [{ $ref: "is data" }],
      properties: { $id: {}, title: true },
      prefixItems: [{ type: "string" }],
      items: false,
    },
  ]);
});
