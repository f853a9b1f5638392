// Unix sockets: served like ports, and their files neither left behind nor taken away from somebody else.
import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "@fasterapi/bun";
import { Child } from "../support/child.ts";
import { Wire } from "../support/wire.ts";

const folder = mkdtempSync(join(tmpdir(), "fasterapi-unix-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
const newPath = () => join(folder, `${count++}.sock`);
const app = (name = "answered") =>
  new App()
    .get("/", "constant")
    .get("/handler", ({ ip, url }) => `${name} ${JSON.stringify(ip)} ${url}`)
    .get("/slow", async () => {
      await Bun.sleep(50);
      return "slow";
    });

test("requests over a unix socket", async () => {
  const unix = newPath();
  await using server = await app().listen({ unix });
  expect([server.port, server.hostname, server.url.href]).toEqual([0, "", `unix://${unix}`]);
  expect(lstatSync(unix).isSocket()).toBe(true);
  using wire = await Wire.open({ unix });
  wire.ask("/");
  wire.ask("/handler");
  expect((await wire.answers(2)).map(({ body }) => body)).toEqual(["constant", 'answered "" http://test/handler']);
  const answer = await fetch("http://localhost/handler", { unix });
  expect(await answer.text()).toBe('answered "" http://localhost/handler');
  expect(server.stats().connectionsAccepted).toBeGreaterThanOrEqual(2);
});

test("stop answers what was asked, closes what is idle, and removes the file", async () => {
  const unix = newPath();
  const server = await app().listen({ unix });
  using idle = await Wire.open({ unix });
  using asking = await Wire.open({ unix });
  asking.ask("/slow");
  await Bun.sleep(10);
  const stopped = server.stop();
  expect(existsSync(unix)).toBe(false);
  await expect(Wire.open({ unix })).rejects.toThrow();
  const { body, headers } = await asking.answer();
  expect([body, headers.get("connection")]).toEqual(["slow", "close"]);
  await Promise.all([idle.closed(), stopped]);
});

test("a file that a dead process left is replaced", async () => {
  const unix = newPath();
  await using dead = new Child("unix.ts", { args: [unix] });
  await dead.said();
  dead.kill("SIGKILL");
  expect(await dead.end()).toBe("SIGKILL");
  expect(lstatSync(unix).isSocket()).toBe(true);
  await using server = await app("second").listen({ unix });
  expect(await (await fetch("http://localhost/handler", { unix })).text()).toStartWith("second");
  await server.stop();
  expect(existsSync(unix)).toBe(false);
});

test("a socket that somebody listens on is in use", async () => {
  const unix = newPath();
  await using living = new Child("unix.ts", { args: [unix] });
  await living.said();
  await expect(app().listen({ unix })).rejects.toMatchObject({ name: "ListenError", code: "EADDRINUSE" });
  expect(await (await fetch("http://localhost/", { unix })).text()).toBe("first");
  // A listener that never accepts is one all the same.
  const silent = newPath();
  const other = Bun.listen({ unix: silent, socket: { data: () => undefined } });
  await expect(app().listen({ unix: silent })).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(existsSync(silent)).toBe(true);
  other.stop(true);
});

test("what is no socket is not removed", async () => {
  const file = newPath();
  writeFileSync(file, "precious");
  await expect(app().listen({ unix: file })).rejects.toMatchObject({ name: "ListenError" });
  expect(readFileSync(file, "utf8")).toBe("precious");
  const link = newPath();
  symlinkSync(file, link);
  await expect(app().listen({ unix: link })).rejects.toMatchObject({ name: "ListenError" });
  expect([readFileSync(file, "utf8"), lstatSync(link).isSymbolicLink()]).toEqual(["precious", true]);
  await expect(app().listen({ unix: folder })).rejects.toMatchObject({ name: "ListenError" });
  expect(lstatSync(folder).isDirectory()).toBe(true);
});

test("a server takes away its own file only", async () => {
  const unix = newPath();
  const first = await app("first").listen({ unix });
  renameSync(unix, `${unix}.moved`);
  await using second = await app("second").listen({ unix });
  await first.stop();
  expect(existsSync(unix)).toBe(true);
  expect(await (await fetch("http://localhost/handler", { unix })).text()).toStartWith("second");
  await second.stop();
  expect(existsSync(unix)).toBe(false);
});

test("the same path again and again", async () => {
  const unix = newPath();
  for (let i = 0; i < 50; i++) {
    await using server = await app(`${i}`).listen({ unix });
    using wire = await Wire.open({ unix });
    wire.ask("/handler");
    expect((await wire.answer()).body).toStartWith(`${i} `);
    expect(server.stats().connectionsOpen).toBe(1);
  }
  expect(existsSync(unix)).toBe(false);
});

test("a relative path is one of the folder in which it began", async () => {
  const unix = newPath();
  const before = process.cwd();
  process.chdir(folder);
  try {
    const server = await app().listen({ unix: unix.slice(folder.length + 1) });
    expect(server.url.href).toBe(`unix://${unix}`);
    process.chdir(before);
    expect(await (await fetch("http://localhost/", { unix })).text()).toBe("constant");
    await server.stop();
    expect(existsSync(unix)).toBe(false);
  } finally {
    process.chdir(before);
  }
});
