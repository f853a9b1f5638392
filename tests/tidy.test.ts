// Rules about files that no compiler keeps. Each says what it found and where; see CONTRIBUTING.md for the reasons.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "..");
const ignored = /(^|\/)(node_modules|zig-out|zig-pkg|\.zig-cache|\.toolchain)\//;

interface File {
  path: string;
  text: string;
  lines: string[];
}

function read(...patterns: string[]): File[] {
  const paths = patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: root, dot: true })]);
  return paths
    .filter((path) => !ignored.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, lines: text.split("\n") };
    });
}

const zig = read("build.zig", "{core,tests,bench}/**/*.zig");
const cxx = read("core/**/*.{cpp,h}");
const script = read("{src,tests,scripts,examples,bench}/**/*.ts");
const code = [...zig, ...cxx, ...script];
const prose = read("*.{md,json,toml,zon,lock}", ".ci/*", "scripts/setup", "{docs,examples,bench}/**/*.{md,json}");
const generated = "src/native/abi.ts";
const here = "tests/tidy.test.ts";

/** What a line-by-line rule found, as `path:line: text`. */
function linesWith(files: File[], isWrong: (line: string, file: File, index: number) => boolean): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, index) =>
      isWrong(line, file, index) ? [`${file.path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [],
    ),
  );
}

/** For each layer those it may import, itself aside. The first whose pattern fits a path is its layer. */
type Layers = Record<string, { of: RegExp; imports: string[] | "all" }>;

function layerOf(layers: Layers, path: string): string | undefined {
  return Object.keys(layers).find((name) => layers[name]?.of.test(path));
}

/** Imports against the direction of the layers, and files that belong to none. */
function againstLayers(layers: Layers, imports: [from: string, to: string][]): string[] {
  return imports.flatMap(([from, to]) => {
    const own = layerOf(layers, from);
    const other = layerOf(layers, to);
    if (own === undefined || other === undefined) return [`no layer has ${own === undefined ? from : to}`];
    const allowed = layers[own]?.imports;
    const fine = own === other || allowed === "all" || allowed?.includes(other);
    return fine ? [] : [`${from} (${own}) imports ${to} (${other})`];
  });
}

// Siblings (net, http, route, codec) never import one another: what is in `core/` itself wires them.
const siblings = ["net", "http", "route", "codec"];
const below = ["memory", "queue", "limits"];
const zigLayers: Layers = {
  tests: { of: /^core\/(testing\/|tests\.zig|runtime_test\.zig)/, imports: "all" },
  limits: { of: /^core\/limits\.zig/, imports: [] },
  memory: { of: /^core\/memory\//, imports: ["limits"] },
  queue: { of: /^core\/queue\//, imports: ["limits"] },
  net: { of: /^core\/net\//, imports: below },
  http: { of: /^core\/http\//, imports: below },
  route: { of: /^core\/route\//, imports: below },
  codec: { of: /^core\/codec\//, imports: below },
  // The boundary's types: the server speaks in them, `lib` exports them.
  abi: { of: /^core\/abi\.zig/, imports: [...siblings, ...below] },
  // Roots of builds of their own.
  tools: { of: /^core\/(core|abi_emit|parse_cpu)\.zig/, imports: ["abi", ...siblings, ...below] },
  lib: { of: /^core\/lib\.zig/, imports: ["server", "abi", ...siblings, ...below] },
  server: { of: /^core\/[a-z_]+\.zig/, imports: ["abi", ...siblings, ...below] },
  // What is outside the core sees what a build hands it by name.
  fuzz: { of: /^tests\/fuzz\//, imports: [] },
  stress: { of: /^tests\/stress\//, imports: [] },
  bench: { of: /^bench\//, imports: [] },
};

const scriptLayers: Layers = {
  tests: { of: /^(src\/.*\.test\.ts|(tests|scripts|examples|bench)\/)/, imports: "all" },
  errors: { of: /^src\/errors\.ts/, imports: [] },
  native: { of: /^src\/native\//, imports: ["errors"] },
  core: { of: /^src\/core\//, imports: ["native", "errors"] },
  middleware: { of: /^src\/middleware\//, imports: ["context", "errors"] },
  index: { of: /^src\/index\.ts/, imports: ["app", "part", "context", "middleware", "errors"] },
  cli: { of: /^src\/cli\//, imports: ["index", "app", "part", "context", "errors"] },
  app: { of: /^src\/app\.ts/, imports: ["part", "context", "native", "errors"] },
  context: { of: /^src\/context\.ts/, imports: ["part", "native", "errors"] },
  part: { of: /^src\/((schema|openapi)\/.*|[a-z-]+)\.ts/, imports: ["context", "native", "errors"] },
};

/** Types too: who names a type knows of the file. */
function scriptImports(files: File[]): [string, string][] {
  const pattern = /(?:^(?:import|export)\b[^;'"]*?from|^import|\bimport\()\s*"([^"]+)"/gm;
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map(([, name = ""]): [string, string] => [
      file.path,
      name.startsWith(".") ? normalize(join(dirname(file.path), name)) : name,
    ]),
  );
}

test("Zig: imports follow the layers", () => {
  const imports = zig.flatMap((file) =>
    [...file.text.matchAll(/@import\("([^"]+\.zig)"\)/g)].map(([, name = ""]): [string, string] => [
      file.path,
      normalize(join(dirname(file.path), name)),
    ]),
  );
  expect(imports.length).toBeGreaterThan(100);
  expect(againstLayers(zigLayers, imports)).toEqual([]);
});

test("Zig: what stands at the top of a file is used there, which its compiler does not look at", () => {
  const unused = zig.flatMap(({ path, text }) => {
    const code = text.replaceAll(/\/\/.*/g, "");
    const names = [...code.matchAll(/^const (\w+) = .*$/gm)].map(([line, name = ""]) => ({ line, name }));
    return names
      .filter(({ line, name }) => !new RegExp(`\\b${name}\\b`).test(code.replace(line, "")))
      .map(({ name }) => `${path}: ${name}`);
  });
  expect(unused).toEqual([]);
});

test("TypeScript: imports follow the layers", () => {
  const imports = scriptImports(script.filter((file) => file.path.startsWith("src/")));
  expect(
    againstLayers(
      scriptLayers,
      imports.filter(([, to]) => to.startsWith("src/")),
    ),
  ).toEqual([]);
});

test("TypeScript: nothing of the package imports itself in a circle", () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const graph = new Map(
    script
      .filter((file) => file.path.startsWith("src/"))
      .map((file) => {
        const names = transpiler.scanImports(file.text.replace(/^#!.*/, "")).map(({ path }) => path);
        return [file.path, names.filter((name) => name.startsWith(".")).map((name) => join(dirname(file.path), name))];
      }),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path) || way.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(circles).toEqual([]);
});

test("TypeScript: only src/native calls into the core", () => {
  const imports = scriptImports(script.filter((file) => file.path.startsWith("src/")));
  const ffi = imports.filter(([from, to]) => to === "bun:ffi" && !from.startsWith("src/native/"));
  expect(ffi).toEqual([]);
});

test("Zig and C++: the first line says why the file exists", () => {
  const core = zig.filter((file) => file.path !== "build.zig");
  expect(core.filter((file) => !file.text.startsWith("//! ")).map((file) => file.path)).toEqual([]);
  expect(cxx.filter((file) => !file.text.startsWith("// ")).map((file) => file.path)).toEqual([]);
});

test("files are short", () => {
  const length = (file: File) => file.lines.length - 1;
  const long = code.filter((file) => length(file) > 500).map((file) => `${file.path}: ${length(file)} lines`);
  if (long.length > 0) console.log(`Longer than 500 lines, 900 is the end:\n  ${long.join("\n  ")}`);
  expect(code.filter((file) => length(file) > 900).map((file) => `${file.path}: ${length(file)} lines`)).toEqual([]);
});

test("lines are short, text in quotes and tables aside", () => {
  const length = (line: string) =>
    line
      .replace(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""')
      .replace(/^\s*\\\\.*/, "")
      .replace(/(?<=\S)\s{2,}/g, " ").length;
  const files = code.filter((file) => file.path !== generated);
  expect(linesWith(files, (line) => length(line) > 140)).toEqual([]);
});

test("no error is dropped", () => {
  expect(linesWith(zig, (line) => /catch\s*(\|\w+\|\s*)?\{\s*\}/.test(line))).toEqual([]);
  const shipped = zig.filter((file) => file.path.startsWith("core/") && layerOf(zigLayers, file.path) !== "tests");
  expect(linesWith(shipped, (line) => line.includes("catch unreachable"))).toEqual([]);
});

test("nothing is left for later, and no test is left out without a reason beside it", () => {
  const files = [...code, ...prose].filter((file) => file.path !== here);
  expect(linesWith(files, (line) => /\b(TODO|FIXME|XXX)\b/.test(line))).toEqual([]);
  const tests = script.filter((file) => file.path !== here);
  expect(linesWith(tests, (line) => /\b(test|it|describe)\.only\b/.test(line))).toEqual([]);
  const isReasonless = (line: string, file: File, index: number) =>
    /\b(test|it|describe)\.(skip|todo)\b/.test(line) && !/\/\//.test(`${file.lines[index - 1]}${line}`);
  expect(linesWith(tests, isReasonless)).toEqual([]);
});

test("nothing names a machine or a registry", () => {
  const files = [...code, ...prose].filter((file) => file.path !== here);
  const isWrong = (line: string) =>
    /(^|[\s"'`(=:])\/(work|root|home|Users)\//.test(line) ||
    /registry\.[a-z]+js\.|files\.pythonhosted|pypi\.org/.test(line);
  expect(linesWith(files, isWrong)).toEqual([]);
});

test("nobody is told to install the package of the plain name", () => {
  const files = [...code, ...prose].filter((file) => file.path !== here);
  const isWrong = (line: string) =>
    /\b(bun|npm|pnpm|yarn|bunx|npx)( (add|install|i|x))?( -\S+)* fasterapi\b/.test(line) &&
    !/\b(never|not|don't|somebody else)\b/.test(line);
  expect(linesWith(files, isWrong)).toEqual([]);
});

test("examples are numbered, shown in the README and tested", () => {
  const examples = script.filter((file) => file.path.startsWith("examples/")).map((file) => file.path.slice(9));
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter((name) => !/^\d\d_[a-z0-9_]+\.ts$/.test(name))).toEqual([]);
  const readme = read("README.md")[0]?.text ?? "";
  expect(examples.filter((name) => !readme.includes(name))).toEqual([]);
  const tests = script.filter((file) => file.path.endsWith(".test.ts") && file.path !== here);
  expect(examples.filter((name) => !tests.some((file) => file.text.includes(name)))).toEqual([]);
});

test("versions that stand in two places agree", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const bun = readFileSync(join(root, ".bun-version"), "utf8").trim();
  expect(manifest.devDependencies["bun-types"]).toBe(bun);
  expect(manifest.engines.bun).toBe(`>=${bun}`);
  expect(read("build.zig.zon")[0]?.text).toContain(`.version = "${manifest.version}"`);
  const needed = { ...manifest.dependencies, ...manifest.devDependencies };
  const inexact = Object.values<string>(needed).filter((version) => !/^\d/.test(version));
  expect(inexact).toEqual([]);
});
