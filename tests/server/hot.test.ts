// With `bun --hot` a new copy of the application takes over the server that an earlier one left.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Child } from "../support/child.ts";
import { Wire } from "../support/wire.ts";

const entry = resolve(import.meta.dir, "../../src/index.ts");

const source = (version: number) => `
  import { App } from ${JSON.stringify(entry)};
  const server = await new App()
    .get("/constant", "constant ${version}")
    .get("/handler", () => "handler ${version}")
    .get("/slow", async () => {
      await Bun.sleep(1000);
      return "slow ${version}";
    })
    .post("/body", async ({ text }) => "body ${version} " + (await text()))
    .listen({ port: 0, hostname: "127.0.0.1" });
  console.log(JSON.stringify({ port: server.port, version: ${version} }));
`;

test("each change swaps the routes; connections stay, requests in flight finish as they began", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fasterapi-hot-"));
  try {
    const script = join(folder, "app.ts");
    writeFileSync(script, source(1));
    await using child = new Child(script, { flags: ["--hot"] });
    const { port } = await child.said();
    using wire = await Wire.open({ port });
    using uploading = await Wire.open({ port });
    uploading.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    for (let version = 2; version <= 5; version++) {
      using slow = await Wire.open({ port });
      slow.ask("/slow");
      await Bun.sleep(100);
      writeFileSync(script, source(version));
      expect(await child.said()).toEqual({ port, version });
      wire.ask("/constant");
      wire.ask("/handler");
      expect((await wire.answers(2)).map(({ body }) => body)).toEqual([`constant ${version}`, `handler ${version}`]);
      expect((await slow.answer()).body).toBe(`slow ${version - 1}`);
    }
    // The handler that this was for is long gone: nobody else's gets it.
    uploading.send("llo");
    expect((await uploading.answer()).status).toBe(503);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
