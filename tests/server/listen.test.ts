// Binding an address: what `listen` resolves to, and the one clear error for each way in which it fails.
import { describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { App, FasterApiError, ListenError, type ListenOptions, type Server } from "@fasterapi/bun";
import { Child } from "../support/child.ts";
import { descriptors, hasProc } from "../support/process.ts";
import { Wire } from "../support/wire.ts";

const app = () => new App().get("/", ({ ip }) => `asked by ${ip}`);

/** What `listen` throws; a server that listens after all is stopped. */
async function failure(options: unknown): Promise<unknown> {
  let server: Server;
  try {
    server = await app().listen(options as ListenOptions);
  } catch (error) {
    return error;
  }
  await server.stop();
  return `${JSON.stringify(options)} listened on ${server.url}`;
}

test("listen resolves when the port is bound, to one that was free", async () => {
  await using server = await app().listen({ port: 0, hostname: "127.0.0.1" });
  expect(server.port).toBeGreaterThan(0);
  expect(server.hostname).toBe("127.0.0.1");
  expect(server.url.href).toBe(`http://127.0.0.1:${server.port}/`);
  using wire = await Wire.open(server);
  wire.ask("/");
  expect((await wire.answer()).body).toBe("asked by 127.0.0.1");
});

test("all addresses is the default", async () => {
  await using server = await app().listen({ port: 0 });
  expect(server.hostname).toBe("0.0.0.0");
  expect(server.url.href).toBe(`http://localhost:${server.port}/`);
  for (const hostname of ["127.0.0.1", "127.0.0.2"]) {
    using wire = await Wire.open({ port: server.port, hostname });
    wire.ask("/");
    expect((await wire.answer()).body).toBe("asked by 127.0.0.1");
  }
});

test("a name is looked up", async () => {
  await using server = await app().listen({ port: 0, hostname: "localhost" });
  expect(server.url.href).toBe(`http://localhost:${server.port}/`);
  expect(await (await fetch(server.url)).text()).toStartWith("asked by ");
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

describe.if(hasIpv6)("IPv6", () => {
  test("::1", async () => {
    await using server = await app().listen({ port: 0, hostname: "::1" });
    expect(server.url.href).toBe(`http://[::1]:${server.port}/`);
    expect(await (await fetch(server.url)).text()).toBe("asked by ::1");
    await expect(Wire.open({ port: server.port })).rejects.toThrow();
  });

  test(":: takes IPv4 too, whose clients have IPv4 addresses", async () => {
    await using server = await app().listen({ port: 0, hostname: "::" });
    expect(server.url.href).toBe(`http://localhost:${server.port}/`);
    for (const [hostname, ip] of [
      ["::1", "::1"],
      ["127.0.0.1", "127.0.0.1"],
    ]) {
      using wire = await Wire.open({ port: server.port, hostname: hostname! });
      wire.ask("/");
      expect((await wire.answer()).body).toBe(`asked by ${ip}`);
    }
  });
});

test("one application listens on several ports, and again on one that it has left", async () => {
  const one = app();
  const first = await one.listen({ port: 0, hostname: "127.0.0.1" });
  const second = await one.listen({ port: 0, hostname: "127.0.0.1" });
  expect(await (await fetch(second.url)).text()).toBe("asked by 127.0.0.1");
  await first.stop();
  for (let i = 0; i < 20; i++) {
    const again = await one.listen({ port: first.port, hostname: "127.0.0.1" });
    expect(again.port).toBe(first.port);
    expect(await (await fetch(again.url)).text()).toBe("asked by 127.0.0.1");
    await again.stop();
  }
  await second.stop();
});

test("PORT is the default port, and one that is none is refused", async () => {
  await using listening = new Child("port.ts", { env: { PORT: "0" } });
  expect(await (await fetch(`http://127.0.0.1:${(await listening.said()).port}/`)).text()).toBe("answered");
  await using refused = new Child("port.ts", { env: { PORT: "http" } });
  expect(await refused.said()).toEqual({
    error: 'RangeError: A port is an integer from 0 to 65535; the environment\'s PORT is "http"',
  } as unknown as { port: number });
  expect(await refused.end()).toBe(1);
});

describe("a port that is taken", () => {
  test("by another server of the same process", async () => {
    await using first = await app().listen({ port: 0, hostname: "127.0.0.1" });
    const error = await failure({ port: first.port, hostname: "127.0.0.1" });
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ name: "ListenError", code: "EADDRINUSE" });
    expect((error as ListenError).message).toBe(
      `Can't listen on 127.0.0.1:${first.port}: the address is in use (EADDRINUSE); end the program that listens there, ` +
        "or take another port: listen({ port: … }), PORT=…, or 0 for one that is free",
    );
    expect(await (await fetch(first.url)).text()).toBe("asked by 127.0.0.1");
  });

  test("by somebody else", async () => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
    expect(await failure({ port: other.port, hostname: "127.0.0.1" })).toMatchObject({ code: "EADDRINUSE" });
    // Sharing takes two.
    const options = { port: other.port, hostname: "127.0.0.1", reusePort: true };
    expect(await failure(options)).toMatchObject({ code: "EADDRINUSE" });
    expect(await (await fetch(other.url)).text()).toBe("other");
    await other.stop(true);
  });

  test("but shared by those that say so", async () => {
    const shared = { hostname: "127.0.0.1", reusePort: true };
    await using first = await new App().get("/", () => "first").listen({ port: 0, ...shared });
    await using second = await new App().get("/", () => "second").listen({ port: first.port, ...shared });
    expect(second.port).toBe(first.port);
    const answers: string[] = [];
    for (let i = 0; i < 64; i++) {
      using wire = await Wire.open(first);
      wire.ask("/");
      answers.push((await wire.answer()).body);
    }
    // The system spreads them; that one of them gets none of 64 doesn't happen.
    expect(new Set(answers)).toEqual(new Set(["first", "second"]));
    expect(first.stats().connectionsAccepted + second.stats().connectionsAccepted).toBe(64);
  });
});

describe("addresses that can't be bound", () => {
  const cases: [name: string, options: ListenOptions, code: string, said: string][] = [
    ["of another machine", { port: 0, hostname: "203.0.113.1" }, "EADDRNOTAVAIL", "203.0.113.1:0"],
    ["a host that is no name", { port: 0, hostname: "no such host" }, "ENOTFOUND", "no such host:0"],
    ["a host that nobody has", { port: 0, hostname: "nobody.invalid" }, "ENOTFOUND", "nobody.invalid:0"],
    ["a name that is too long", { port: 0, hostname: "x".repeat(5_000) }, "ENOTFOUND", "xxx"],
    ["numbers that are no address", { port: 0, hostname: "256.1.1.1" }, "ENOTFOUND", "256.1.1.1:0"],
    ["a folder that isn't there", { unix: "/no/such/folder/socket" }, "ENOENT", "/no/such/folder/socket"],
    ["a path that is too long for a socket", { unix: `/tmp/${"x".repeat(200)}` }, "ENOENT", "/tmp/xxx"],
  ];
  // Root may bind any port; a socket in there nobody may.
  if (hasProc) cases.push(["without the right", { unix: "/sys/socket" }, "EACCES", "/sys/socket"]);
  if (hasProc && process.getuid?.() !== 0) cases.push(["a low port", { port: 1 }, "EACCES", "0.0.0.0:1"]);

  test.each(cases)(
    "%s",
    async (_, options, code, said) => {
      const error = await failure(options);
      expect(error).toBeInstanceOf(ListenError);
      expect(error).toBeInstanceOf(FasterApiError);
      expect(error).toMatchObject({ name: "ListenError", code });
      expect((error as Error).message).toContain(said);
      expect((error as Error).message).toContain(code);
    },
    20_000,
  );

  test.if(hasProc)("leave no descriptor behind", async () => {
    await using server = await app().listen({ port: 0, hostname: "127.0.0.1" });
    const before = descriptors("self");
    for (let i = 0; i < 100; i++) {
      expect(await failure({ port: server.port, hostname: "127.0.0.1" })).toMatchObject({ code: "EADDRINUSE" });
      expect(await failure({ port: 0, hostname: "203.0.113.1" })).toMatchObject({ code: "EADDRNOTAVAIL" });
      expect(await failure({ unix: "/no/such/folder/socket" })).toMatchObject({ code: "ENOENT" });
    }
    expect(descriptors("self")).toBe(before);
  });
});

describe("options that can't be", () => {
  test.each([
    [{ port: -1 }, RangeError, "A port is an integer from 0 to 65535, not -1"],
    [{ port: 65_536 }, RangeError, "65536"],
    [{ port: 80.5 }, RangeError, "80.5"],
    [{ port: Number.NaN }, RangeError, "NaN"],
    [{ port: "8080" }, TypeError, 'A port is a number, not string: Number("8080")'],
    [{ port: 0, hostname: "http://localhost" }, TypeError, 'no URL like "http://localhost"'],
    [{ host: "localhost" }, TypeError, "did you mean hostname?"],
    [{ port: null }, TypeError, "port"],
    [{ port: 0, hostname: 127 }, TypeError, "hostname"],
    [{ port: 0, hostname: null }, TypeError, "hostname"],
    [{ port: 0, hostname: "" }, TypeError, "hostname"],
    [{ port: 0, hostname: "127.0.0.1\0.example" }, TypeError, "hostname"],
    [{ port: 0, reusePort: "yes" }, TypeError, "reusePort"],
    [{ port: 0, unix: "/tmp/socket" }, TypeError, "not both"],
    [{ hostname: "127.0.0.1", unix: "/tmp/socket" }, TypeError, "not both"],
    [{ unix: 5 }, TypeError, "unix"],
    [{ unix: "" }, TypeError, "unix"],
    [{ unix: "/tmp/a\0b" }, TypeError, "unix"],
    [{ prot: 0 }, TypeError, '"prot"'],
    [3000, TypeError, "3000"],
    [null, TypeError, "null"],
    ["localhost", TypeError, "localhost"],
  ])("%j", async (options, type, said) => {
    const error = await failure(options);
    expect(error).toBeInstanceOf(type as typeof Error);
    expect((error as Error).message).toContain(said);
  });
});
