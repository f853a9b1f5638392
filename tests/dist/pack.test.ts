// What a user gets: the package packed, added to an empty project where there is no Zig, and asked over a socket.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "fasterapi-dist-"));
const project = join(folder, "project");
const installed = join(project, "node_modules/@fasterapi/bun");
const bin = join(folder, "bin");

const app = `
import { App, t } from "@fasterapi/bun";

const app = new App()
  .get("/", "Hello")
  .get("/double", { query: t.Object({ n: t.Integer() }) }, ({ query }) => query.n * 2)
  .get("/users/:id", ({ params }) => ({ id: params.id }));
const server = await app.listen({ port: 0 });
process.on("SIGTERM", () => server.stop());
console.log(String(server.url));
`;

const parts = `
import {
  BufferPool, ChunkedDecoder, HttpParser, JsonSchema, JsonSchemaError, ObjectPool, type PooledBuffer, Router, type ValidationFailure,
} from "@fasterapi/bun/core";
import { t } from "@fasterapi/bun";

using order: JsonSchema = JsonSchema.compile(t.Object({ id: t.Integer({ minimum: 1 }) }));
const failures: ValidationFailure[] = order.errors('{"id":0}');
console.log(order.check(Buffer.from('{"id":1}')), JSON.stringify(failures));
try {
  JsonSchema.compile({ pattern: "(?=a)" });
} catch (error) {
  if (error instanceof JsonSchemaError) console.log(error.pointer);
}
using buffers = new BufferPool({ idleBytes: 0 });
const buffer: PooledBuffer = buffers.acquire(5);
const maps: ObjectPool<Map<number, string>> = new ObjectPool({ create: () => new Map(), max: 1 });
const size: number = maps.use((map) => map.set(1, "").size);
const head = new HttpParser({ limits: { headers: 9 } }).parse(Buffer.from("GET /a/b HTTP/1.0\\r\\n\\r\\n"));
const path: string = head.state === "complete" ? head.path : "";
const found = new Router<number>().add("GET", "/a/:id", 7).find("GET", path);
const value: number | undefined = found?.value;
const chunks = new ChunkedDecoder().decode(Buffer.from("0\\r\\n\\r\\n"));
console.log(buffer.bytes.length, size, path, value, found?.params["id"], chunks.state);
`;

/** Bun alone is on PATH, and no variable leads to the core of this checkout. */
function bun(...words: string[]) {
  const { FASTERAPI_LIBRARY: _, ...rest } = process.env;
  return Bun.spawn([join(bin, "bun"), ...words], {
    cwd: project,
    env: { ...rest, PATH: bin },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

beforeAll(async () => {
  const pack = Bun.spawn([process.execPath, "pm", "pack", "--quiet", "--destination", folder], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(await pack.exited).toBe(0);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "bun"));
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), "{}");
  writeFileSync(join(project, "app.ts"), app);
  writeFileSync(join(project, "parts.ts"), parts);
  expect(await bun("add", join(folder, `${tarball}`)).exited).toBe(0);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the package has what runs, and nothing else", () => {
  const files = [...new Bun.Glob("**/*").scanSync({ cwd: installed })].filter(
    (path) => !path.startsWith("node_modules/"),
  );
  const isExpected = (path: string) =>
    /^(src\/.*\.(ts|cjs)|types\/.*\.d\.ts|docs\/.*\.md|prebuilt\/[a-z0-9-]+\/lib.*|[^/]+)$/.test(path);
  expect(files.filter((path) => !isExpected(path) || path.endsWith(".test.ts"))).toEqual([]);
  expect(files).toContain("package.json");
  expect(files).toContain("LICENSE");
  expect(files).toContain("README.md");
  expect(files).toContain("src/index.ts");
});

test("its types stand in a strict project", async () => {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noEmit: true,
    target: "ESNext",
    module: "Preserve",
    moduleResolution: "bundler",
    lib: ["ESNext"],
    typeRoots: [join(root, "node_modules")],
    types: ["bun-types"],
    skipLibCheck: true,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["app.ts", "parts.ts"] }));
  const tsc = bun("--bun", join(root, "node_modules/.bin/tsc"), "-p", project);
  expect([await new Response(tsc.stdout).text(), await tsc.exited]).toEqual(["", 0]);
}, 20_000);

test("in Node it says that it needs Bun, whatever is imported of it", async () => {
  const entries = { "@fasterapi/bun": "src", "@fasterapi/bun/core": "src/core" };
  const imports: string[] = [];
  for (const [name, folder] of Object.entries(entries)) {
    const given = (await import(join(root, folder, "index.ts"))) as object;
    const stub = readFileSync(join(installed, folder, "needs-bun.cjs"), "utf8");
    const names = [...stub.matchAll(/^exports\.(\w+) = /gm)].map(([, name]) => name!);
    expect(names.sort()).toEqual(Object.keys(given).sort());
    const lines = [
      `import { ${names.join(", ")} } from "${name}";`,
      `import * as all from "${name}";`,
      `require("${name}");`,
    ];
    for (const [i, line] of lines.entries()) {
      imports.push(`${folder.replace("/", "-")}-${i}.${line.startsWith("require") ? "cjs" : "mjs"}`);
      writeFileSync(join(project, imports.at(-1)!), line);
    }
  }
  const node = Bun.which("node");
  // Where there is no Node, or where it is Bun by another name, nobody can import it there.
  const isNode =
    node !== null && Bun.spawnSync([node, "-p", "!process.versions.bun"]).stdout.toString().trim() === "true";
  for (const file of isNode ? imports : []) {
    const { exitCode, stderr } = Bun.spawnSync([node!, file], { cwd: project });
    expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining("Error: @fasterapi/bun needs Bun")]);
  }
});

test("it serves from its own core", async () => {
  expect(existsSync(join(installed, "zig-out"))).toBe(false);
  const server = bun("app.ts");
  try {
    const output = server.stdout.getReader();
    const url = new TextDecoder().decode((await output.read()).value).trim();
    const hello = await fetch(url);
    expect([hello.status, await hello.text()]).toEqual([200, "Hello"]);
    const user = await fetch(new URL("/users/7", url));
    expect([user.status, await user.json()]).toEqual([200, { id: "7" }]);
    const double = await fetch(new URL("/double?n=21", url));
    expect([double.status, await double.json()]).toEqual([200, 42]);
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  } finally {
    server.kill("SIGKILL");
  }
}, 20_000);

test("parts of the core are an entry of their own, which starts nothing", async () => {
  const child = bun("parts.ts");
  const failure = '{"loc":["id"],"msg":"Must be at least 1","type":"greater_than_equal","input":0}';
  expect([await new Response(child.stdout).text(), await child.exited]).toEqual([
    `true [${failure}]\n/pattern\n5 1 /a/b 7 b complete\n`,
    0,
  ]);
}, 20_000);

test("its command finds the application, which opens nothing", async () => {
  const routes = bun("run", "fasterapi", "routes", "app.ts");
  expect([await new Response(routes.stdout).text(), await routes.exited]).toEqual([
    `METHOD  PATH        VALIDATION                            MIDDLEWARE
GET     /           -                                     -
GET     /double     js: the core checks JSON bodies only  -
GET     /users/:id  -                                     -
`,
    0,
  ]);
  const openapi = bun("run", "fasterapi", "openapi", "app.ts");
  const document = JSON.parse(await new Response(openapi.stdout).text());
  expect([Object.keys(document.paths), await openapi.exited]).toEqual([["/", "/double", "/users/{id}"], 0]);
}, 20_000);

test("the page of documents says what it lacks, and is there when the program has it", async () => {
  const asks = 'for (const path of ["/docs", "/openapi.json"]) console.log((await app.request(path)).status);';
  const code = `import { App } from "@fasterapi/bun"; const app = new App({ openapi: true }).get("/", "x"); ${asks}`;
  writeFileSync(join(project, "docs.ts"), code);
  const { exitCode, stderr } = Bun.spawnSync([join(bin, "bun"), "docs.ts"], { cwd: project, env: { PATH: bin } });
  expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining("bun add swagger-ui-dist")]);
  symlinkSync(join(root, "node_modules/swagger-ui-dist"), join(project, "node_modules/swagger-ui-dist"));
  const there = bun("docs.ts");
  expect([await new Response(there.stdout).text(), await there.exited]).toEqual(["200\n200\n", 0]);
}, 20_000);
