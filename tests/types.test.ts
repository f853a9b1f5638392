// What types cost a user, and whether they are right: applications of hundreds of routes before the compiler.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const folder = mkdtempSync(join(tmpdir(), "fasterapi-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

const msMax = 3_000;
const schemasMsMax = 5_000;
const bytesMax = 500 * 1024 * 1024;
const triesMax = 3;

interface Written {
  code: string;
  /** `"GET /a/:id": { id: string }`, as the type of the application is to have it. */
  type: string;
}

/** A route of one of several kinds, as it is written below `prefix` in a place where the state has a `user`. */
function route(i: number, prefix: string): Written {
  const kinds: [verb: string, path: string, more: string, result: string][] = [
    [
      "get",
      `/a${i}/:id/b/:key${i}`,
      `({ params }) => ({ id: params.id, key: params.key${i} })`,
      "{ id: string; key: string }",
    ],
    [
      "post",
      `/a${i}`,
      `{ summary: "${i}" }, async ({ json, status }) => { status(201); return [${i}, await json()] as const; }`,
      `readonly [${i}, unknown]`,
    ],
    [
      "get",
      `/a${i}/*rest`,
      `async ({ params, state }) => ({ rest: params.rest, user: state.user })`,
      "{ rest: string; user: { name: string } }",
    ],
    ["put", `/constant${i}`, `"constant ${i}"`, `"constant ${i}"`],
    ["patch", `/a${i}/:id`, `({ headers }) => (headers.has("x") ? new Response() : undefined)`, "Response | undefined"],
    ["delete", `/a${i}/:id`, `({ params, path }) => { if (params.id !== path) throw new HttpError(404); }`, "void"],
    [
      "all",
      `/stream${i}/:id`,
      `async function* ({ params }) { yield params.id; }`,
      "AsyncGenerator<string, void, unknown>",
    ],
  ];
  const [verb, path, more, result] = kinds[i % kinds.length]!;
  return { code: `.${verb}("${path}", ${more})\n`, type: `"${verb.toUpperCase()} ${prefix}${path}": ${result};\n` };
}

function routes(from: number, to: number, prefix: string): Written {
  const all = Array.from({ length: to - from }, (_, i) => route(from + i, prefix));
  return { code: all.map(({ code }) => code).join(""), type: all.map(({ type }) => type).join("") };
}

const plain = routes(0, 300, "");
const grouped = routes(300, 400, "/groups/:group/deep");
const mounted = routes(400, 500, "/mounted");

const application = `
import { App, HttpError, type Middleware, type TypedRoute } from "@fasterapi/bun";

interface Session { user: { name: string } }
const session = (): Session => ({ user: { name: "Ada" } });
const logger: Middleware = async ({ path }, next) => { await next(); console.log(path); };
const inner = new App().derive(async () => session())${mounted.code};
export const app = new App()
  .use(({ set }, next) => { set("x-a", "1"); return next(); })
  .derive(session)
  .use(logger)
  ${plain.code}
  .group("/groups/:group", (group) => group.group("/deep", (deep) => deep.use((_, next) => next())${grouped.code}))
  .mount("/mounted", inner);
export const any: App = app;

type Results<Routes> = {
  [Route in Extract<Routes, TypedRoute<string, string, unknown>> as \`\${Route["verb"]} \${Route["path"]}\`]: Route["result"];
};
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
interface Written {
${plain.type}${grouped.type}${mounted.type}}
export const keepsResults: Same<Results<(typeof app)["~routes"]>, { [Name in keyof Written]: Written[Name] }> = true;
`;

/** The compiler, before one file; what it says is without the folder. */
function compiled(name: string, text: string) {
  writeFileSync(join(folder, name), text);
  const paths = { "@fasterapi/bun": [join(root, "src/index.ts")], zod: [join(root, "node_modules/zod")] };
  const compilerOptions = { typeRoots: [join(root, "node_modules")], paths };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: [name] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const began = performance.now();
  const tsc = Bun.spawnSync([process.execPath, "--bun", join(root, "node_modules/.bin/tsc"), "--pretty", "false"], {
    cwd: folder,
  });
  const wallMs = performance.now() - began;
  // A compiler that did not run has nothing to say of types.
  if (tsc.exitCode !== 0 && tsc.stdout.length === 0) throw new Error(tsc.stderr.toString());
  const { cpuTime, maxRSS } = tsc.resourceUsage;
  // Beside others it has to wait for a core; on many it uses several at once.
  const ms = Math.min(wallMs, Number(cpuTime.total) / 1_000);
  return { errors: tsc.stdout.toString().trim(), ms, bytes: maxRSS };
}

/** The least of a few tries, as soon as it is within the bounds. */
function costOf(text: string, ms: number) {
  let least = { ms: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  for (let tries = 0; tries < triesMax && (least.ms > ms || least.bytes > bytesMax); tries++) {
    const { errors, ...cost } = compiled("app.ts", text);
    expect(errors).toBe("");
    least = { ms: Math.min(least.ms, cost.ms), bytes: Math.min(least.bytes, cost.bytes) };
  }
  return least;
}

test("500 routes are checked in 3 s and 500 MB, and each keeps its result", () => {
  const { ms, bytes } = costOf(application, msMax);
  expect(ms).toBeLessThan(msMax);
  expect(bytes).toBeLessThan(bytesMax);
}, 60_000);

/** A route with schemas of one of several kinds. */
function routeWithSchemas(i: number): string {
  const item = "t.Object({ sku: t.String(), qty: t.Integer(), note: t.Optional(t.Union([t.String(), t.Null()])) })";
  const kinds = [
    `.get("/q${i}/:id", {
      params: t.Object({ id: t.Integer() }),
      query: t.Object({ q: t.String(), page: t.Integer({ default: 1 }), tags: t.Optional(t.Array(t.String())) }),
      headers: t.Object({ "X-Key": t.Integer() }),
    }, ({ params, query, headers }) => [params.id + query.page + headers["x-key"], query.tags] as const)`,
    `.post("/o${i}", {
      body: t.Object({ id: t.Integer({ minimum: ${i} }), name: t.String(), items: t.Array(${item}) }),
      response: { 201: t.Object({ ok: t.Boolean() }) },
    }, async ({ body, status }) => { status(201); return { ok: body.items.length > ${i} }; })`,
    `.put("/z${i}", {
      body: z.object({ at: z.string().transform(Number), items: z.array(z.object({ sku: z.string(), n: z.number().optional() })) }),
    }, ({ body }) => ({ at: body.at, n: body.items[0]?.n }))`,
  ];
  return kinds[i % kinds.length]!;
}

const withSchemas = `
import { App, t } from "@fasterapi/bun";
import { z } from "zod";

export const app = new App()
  ${Array.from({ length: 200 }, (_, i) => routeWithSchemas(i)).join("\n  ")};

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Result<Path> = Extract<(typeof app)["~routes"], { path: Path }>["result"];
export const results: [
  Same<Result<"/q0/:id">, readonly [number, string[] | undefined]>,
  Same<Result<"/z197">, { at: number; n: number | undefined }>,
] = [true, true];
`;

test("200 routes with schemas are checked in 5 s and 500 MB, and each keeps its result", () => {
  const { ms, bytes } = costOf(withSchemas, schemasMsMax);
  expect(ms).toBeLessThan(schemasMsMax);
  expect(bytes).toBeLessThan(bytesMax);
}, 60_000);

test("what isn't there is an error, however many routes there are", () => {
  const wrong = `
import { app, keepsResults } from "./app.ts";
app.get("/wrong/:id", ({ params }) => params.name);
app.get("/wrong/*rest", ({ state }) => state.usr);
app.group("/wrong/:area", (group) => group.get("/:id", ({ params }) => [params.area, params.id, params.key]));
app.get("/wrong", { sumary: "" }, "x");
app.post("/wrong", ({ bodi }) => bodi);
app.use(({ state }, next) => [state.user.name, state.user.age, next()]);
const isWrong: false = keepsResults;
`;
  writeFileSync(join(folder, "app.ts"), application);
  const { errors } = compiled("wrong.ts", wrong);
  const said = [...errors.matchAll(/^wrong\.ts\((\d+),\d+\): error (TS\d+)/gm)].map(
    ([, line, code]) => `${line} ${code}`,
  );
  // No such property (the second with a guess), no overload that fits, and a type that isn't assignable.
  expect(said).toEqual(["3 TS2339", "4 TS2551", "5 TS2339", "6 TS2769", "7 TS2339", "8 TS2339", "9 TS2322"]);
}, 60_000);
