// Many requests at once on one connection: answered in their order, none lost.
import { afterAll, describe, expect, test } from "bun:test";
import { App } from "@fasterapi/bun";
import { RawClient, request } from "../support/raw.ts";
import { eventually } from "../support/time.ts";

const app = new App()
  .get("/constant", "constant")
  .get("/sync/:n", ({ params }) => params.n)
  .get("/settled/:n", async ({ params }) => params.n)
  .get("/after/:ms/:n", async ({ params }) => {
    await Bun.sleep(Number(params.ms));
    return params.n;
  })
  .get("/large/:n", async ({ params }) => params.n!.padEnd(50_000, "."))
  .post("/echo", async ({ text }) => await text());
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => server.stop({ drainMs: 0 }));

async function textsOf(bytes: string, count: number): Promise<string[]> {
  using client = await RawClient.open(server);
  client.send(bytes);
  const answers = await client.answers(count);
  client.finish();
  await client.ended();
  return answers.map(({ text }) => text);
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));

describe("order", () => {
  test("handlers that finish in reverse", async () => {
    const bytes = numbers(20).map((n) => request(`/after/${40 - 2 * Number(n)}/${n}`));
    expect(await textsOf(bytes.join(""), 20)).toEqual(numbers(20));
  });

  test("all kinds mixed", async () => {
    const kinds = [
      () => [request("/constant"), "constant"],
      (n: string) => [request(`/after/${n.length}/${n}`), n],
      (n: string) => [request(`/sync/${n}`), n],
      () => [request("/missing"), '{"detail":"Not Found"}'],
      (n: string) => [request(`/settled/${n}`), n],
      (n: string) => [request("/echo", { method: "POST", body: `body ${n}` }), `body ${n}`],
      () => [request("/constant", { method: "PUT" }), '{"detail":"Method Not Allowed"}'],
      (n: string) => [request(`/large/${n}`), n.padEnd(50_000, ".")],
    ] as const;
    const pairs = numbers(400).map((n) => kinds[(Number(n) * 5) % kinds.length]!(n));
    const texts = await textsOf(pairs.map(([bytes]) => bytes).join(""), pairs.length);
    expect(texts).toEqual(pairs.map(([, text]) => text!));
  });

  test("a slow one first holds back what is quick", async () => {
    using client = await RawClient.open(server);
    client.send(request("/after/50/slow") + request("/constant") + request("/sync/1") + request("/missing"));
    await client.quiet(20);
    expect((await client.answers(4)).map(({ text }) => text)).toEqual([
      "slow",
      "constant",
      "1",
      '{"detail":"Not Found"}',
    ]);
    client.finish();
    await client.ended();
  });

  test("a connection that ends in the middle: what was asked before is answered, the rest is not", async () => {
    using client = await RawClient.open(server);
    const last = request("/sync/2", { headers: "Connection: close\r\n" });
    client.send(request("/after/10/1") + last + request("/sync/3") + request("/constant"));
    const answers = await client.answers(2);
    expect(answers.map(({ text, closes }) => [text, closes])).toEqual([
      ["1", false],
      ["2", true],
    ]);
    await client.ended();
  });
});

describe("numbers", () => {
  test("2,000 requests at once", async () => {
    const bytes = numbers(2000).map((n) => request(`/sync/${n}`));
    expect(await textsOf(bytes.join(""), 2000)).toEqual(numbers(2000));
  });

  test("2,000 constants at once", async () => {
    const texts = await textsOf(request("/constant").repeat(2000), 2000);
    expect(texts.every((text) => text === "constant")).toBe(true);
  });

  test("1,000 that have to be waited for", async () => {
    const bytes = numbers(1000).map((n) => request(`/after/${(Number(n) * 7) % 5}/${n}`));
    expect(await textsOf(bytes.join(""), 1000)).toEqual(numbers(1000));
  });
});

describe("64 that are not answered", () => {
  async function gated(limits: { pipelined: number } | undefined) {
    const gates: (() => void)[] = [];
    const gatedApp = new App(limits === undefined ? {} : { limits })
      .get("/constant", "constant")
      .get("/gate/:n", ({ params }) => new Promise((resolve) => gates.push(() => resolve(params.n))));
    return { gates, server: await gatedApp.listen({ port: 0, hostname: "127.0.0.1" }) };
  }

  test.each([
    [undefined, 64],
    [{ pipelined: 64 }, 64],
    [{ pipelined: 3 }, 3],
    [{ pipelined: 1 }, 1],
  ])("%j: reading stops, and none is lost", async (limits, most) => {
    const { gates, server } = await gated(limits);
    await using _ = server;
    using client = await RawClient.open(server);
    const count = most + 40;
    client.send(
      numbers(count)
        .map((n) => request(`/gate/${n}`))
        .join("") + request("/constant"),
    );
    await eventually(() => gates.length >= most, "the handlers to be called");
    await client.quiet(20);
    expect(gates.length).toBe(most);
    expect(server.stats().readsStopped).toBeGreaterThan(0);
    // One is answered, one more is begun.
    for (let n = 0; n < count; n++) {
      await eventually(() => gates.length > n, `handler ${n} to be called`);
      gates[n]!();
      expect((await client.answer()).text).toBe(String(n));
      expect(gates.length).toBeLessThanOrEqual(n + 1 + most);
    }
    expect((await client.answer()).text).toBe("constant");
    client.finish();
    await client.ended();
  });

  test("what is not read stays with the client", async () => {
    const { gates, server } = await gated(undefined);
    await using _ = server;
    using client = await RawClient.open(server);
    // More than any buffer on the way holds.
    const count = 60_000;
    const filler = request("/constant", { headers: `X-Filler: ${"x".repeat(900)}\r\n` });
    client.send(request("/gate/first"));
    await eventually(() => gates.length === 1, "the handler to be called");
    for (let i = 0; i < count / 1000; i++) client.send(filler.repeat(1000));
    await eventually(() => server.stats().readsStopped > 0, "reading to stop");
    await client.quiet(50);
    const { bytesIn } = server.stats();
    expect(bytesIn).toBeLessThan(1_000_000);
    await client.quiet(50);
    expect(server.stats().bytesIn).toBe(bytesIn);
    gates[0]!();
    expect((await client.answer()).text).toBe("first");
    for (let i = 0; i < count; i++) {
      const { text } = await client.answer();
      if (text !== "constant") expect(text).toBe("constant");
    }
    client.finish();
    await client.ended();
  }, 30_000);
});
