// The command `fasterapi` as a process: what it writes where, and with which code it ends.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenApiDocument } from "@fasterapi/bun";
import { faultsOf } from "../support/openapi.ts";

const root = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "fasterapi-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const app = (name: string) => join("tests/cli/apps", `${name}.ts`);

function run(words: string[], env: Record<string, string> = {}) {
  const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync([process.execPath, "src/cli/main.ts", ...words], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
    timeout: 15_000,
    killSignal: "SIGKILL",
  });
  return { code: signalCode ?? exitCode, out: stdout.toString(), err: stderr.toString() };
}

const pathsOf = (out: string) => (JSON.parse(out) as { path: string }[]).map(({ path }) => path);

describe("openapi", () => {
  test("writes the document, and nothing else to standard output", async () => {
    const { code, out, err } = run(["openapi", app("default")]);
    expect([code, err.split("\n").slice(0, 2)]).toEqual([0, ["on standard output", "and this too"]]);
    const document = JSON.parse(out) as OpenApiDocument;
    expect([document.info.title, Object.keys(document.paths)]).toEqual(["Default", ["/", "/orders", "/names"]]);
    expect(await faultsOf(document)).toEqual([]);
  });

  test("writes it to a file, or says why it can't", () => {
    const output = join(folder, "openapi.json");
    const { code, out } = run(["openapi", app("default"), "--output", output]);
    expect([code, out, readFileSync(output, "utf8")]).toEqual([0, "", run(["openapi", app("default")]).out]);
    const wrong = run(["openapi", app("default"), "-o", folder]);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`error: ${folder} can't be written: `)]);
  });

  test("says what the document lacks", () => {
    const { code, out, err } = run(["openapi", app("wrong")]);
    expect([code, out, err]).toEqual([1, "", expect.stringMatching(/^error: TypeError: GET \/a .* "key"; .* none\n/)]);
  });

  const examples = readdirSync(join(root, "examples")).filter((name) => !name.includes("test"));
  test.each(examples)("that of examples/%s is a valid one", async (name) => {
    const { code, out, err } = run(["openapi", `examples/${name}`], { DATABASE: ":memory:" });
    expect([code, err]).toEqual([0, ""]);
    const document = JSON.parse(out) as OpenApiDocument;
    expect(await faultsOf(document)).toEqual([]);
    expect(Object.keys(document.paths).length).toBeGreaterThan(0);
  });
});

describe("routes", () => {
  test("is a table", () => {
    const { code, out } = run(["routes", app("default")]);
    expect([code, out]).toEqual([
      0,
      `METHOD  PATH     VALIDATION                               MIDDLEWARE
GET     /        -                                        guard
POST    /orders  native                                   guard
PUT     /names   js: pattern "(?=a)" at /properties/name  guard
`,
    ]);
  });

  test("is JSON, where that is asked for", () => {
    const { code, out } = run(["routes", "--json", app("default")]);
    expect([code, JSON.parse(out)[0]]).toEqual([
      0,
      { method: "GET", path: "/", validation: "none", middleware: ["guard"], summary: "Greets" },
    ]);
  });

  test("says what can't listen", () => {
    const { code, out, err } = run(["routes", app("wrong")]);
    expect([code, out, err]).toEqual([1, "", expect.stringMatching(/^error: RouteError: GET \/a .* matches the same/)]);
  });
});

describe("the application", () => {
  test("may listen: nothing is opened, and what is behind it doesn't run", () => {
    using taken = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data: () => undefined } });
    const { code, out, err } = run(["routes", "--json", app("listens")], { TAKEN_PORT: `${taken.port}` });
    expect([code, err, pathsOf(out)]).toEqual([0, "", ["/listens"]]);
  });

  test("may listen late; of several the default counts, else the first that listens", () => {
    expect(pathsOf(run(["routes", "--json", app("late")]).out)).toEqual(["/late"]);
    expect(pathsOf(run(["routes", "--json", app("two")]).out)).toEqual(["/default"]);
    expect(pathsOf(run(["routes", "--json", app("two")], { WITHOUT_DEFAULT: "1" }).out)).toEqual(["/first"]);
  });

  test("that isn't there is told of in words", () => {
    writeFileSync(join(folder, "syntax.ts"), "export default {");
    const none = "neither exports an App as its default nor calls listen()";
    const wrong: [file: string, error: string][] = [
      ["nowhere.ts", "error: There is no file nowhere.ts\n"],
      ["src", "error: There is no file src\n"],
      [app("named"), `error: named.ts ${none}; it has one that is called shop: export default shop\n`],
      ["tests/support/time.ts", `error: time.ts ${none}\n`],
      [app("waits"), `error: waits.ts ${none}\n`],
      [app("throws"), "no settings today"],
      [join(folder, "syntax.ts"), "syntax.ts can't be loaded:"],
    ];
    for (const [file, error] of wrong) {
      const { code, out, err } = run(["routes", file]);
      expect([file, code, out, err]).toEqual([file, 1, "", expect.stringContaining(error)]);
    }
  });
});

test("a wrong command line is a 2, with what there is; help is none", () => {
  for (const words of [[], ["rutes"], ["routes"], ["routes", "a.ts", "b.ts"], ["openapi", "a.ts", "--outptu", "x"]]) {
    const { code, out, err } = run(words);
    expect([words, code, out, err]).toEqual([words, 2, "", expect.stringMatching(/^(error|Usage): /)]);
  }
  expect(run(["rutes"]).err).toContain("Did you mean routes?");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  for (const words of [["--help"], ["openapi", "--help"], ["help", "routes"]]) {
    expect(run(words)).toEqual({ code: 0, out: expect.stringContaining("Usage: fasterapi"), err: "" });
  }
});
