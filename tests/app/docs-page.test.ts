// The page of the documents as a browser sees it: headless Chromium, where there is one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { App, type Server, t } from "@fasterapi/bun";
import { type Browser, chromium } from "playwright-core";

const executablePath = ["chromium", "chromium-browser", "google-chrome"].map((name) => Bun.which(name)).find(Boolean);
if (!executablePath) console.warn("The page of the documents is not tested: there is no Chromium on PATH.");

const Order = t.Object({ sku: t.String({ default: "tea" }), qty: t.Integer({ default: 2 }) }, { $id: "Order" });
const key = { type: "apiKey", in: "header", name: "x-key" } as const;
const app = new App({
  openapi: { docs: "/internal/docs", info: { title: "Orders & <more>", securitySchemes: { key } } },
})
  .get(
    "/hello/:name",
    { params: t.Object({ name: t.String({ examples: ["Ada"] }) }) },
    ({ params }) => `Hello, ${params.name}`,
  )
  .post(
    "/orders",
    { body: Order, response: { 201: Order }, security: [{ key: [] }] },
    ({ body, headers, status, set }) => {
      status(201);
      set("x-seen", headers.get("x-key") ?? "nothing");
      return body;
    },
  )
  .get("/secret", { hidden: true }, "secret");

// Without a browser there is nothing to see.
describe.skipIf(!executablePath)("in Chromium", () => {
  let browser: Browser;
  let server: Server;
  const faults: string[] = [];
  const hosts = new Set<string>();

  beforeAll(async () => {
    server = await app.listen({ port: 0, hostname: "127.0.0.1" });
    // Where tests run as root there is no sandbox.
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop({ drainMs: 0 });
  });

  const opened = async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => {
      if (request.url().startsWith("http")) hosts.add(new URL(request.url()).host);
    });
    await page.goto(new URL("/internal/docs", server.url).href);
    await page.waitForSelector(".opblock");
    return page;
  };

  test("it lists the routes, asks nobody else, and its policy forbids nothing that it does", async () => {
    const page = await opened();
    expect(await page.title()).toBe("Orders & <more>");
    const routes = await page.$$eval(".opblock-summary", (all) => all.map(({ textContent }) => textContent));
    expect(routes.map((text) => text?.replaceAll("\u200b", ""))).toEqual([
      expect.stringContaining("GET/hello/{name}"),
      expect.stringContaining("POST/orders"),
    ]);
    await page.close();
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([server.url.host]);
  }, 60_000);

  test("what is tried there is really asked", async () => {
    const page = await opened();
    const tried = async (block: string, fill: () => Promise<void>): Promise<string> => {
      await page.click(`${block} .opblock-summary`);
      await page.click(`${block} .try-out__btn`);
      await fill();
      await page.click(`${block} .execute`);
      await page.waitForSelector(`${block} .live-responses-table .response`);
      return (await page.textContent(`${block} .live-responses-table`)) ?? "";
    };
    const hello = await tried(".opblock-get", () => page.fill(".opblock-get .parameters input", "Grace Hopper"));
    expect(hello).toContain("200");
    expect(hello).toContain("Hello, Grace Hopper");

    await page.click(".auth-wrapper .authorize");
    await page.fill(".modal-ux input", "sesame");
    await page.click(".modal-ux .authorize");
    await page.click(".modal-ux .btn-done");
    const order = await tried(".opblock-post", () => page.fill(".opblock-post textarea", '{"sku":"tea","qty":3}'));
    expect(order).toContain("201");
    expect(order).toMatch(/"qty":\s*3/);
    expect(order).toContain("x-seen: sesame");
    await page.close();
    expect(faults).toEqual([]);
  }, 60_000);
});
