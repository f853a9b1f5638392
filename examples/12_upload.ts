// Uploads of any size, written to disk as they arrive: what is not written yet is not read from the client either.
//
//   UPLOADS=uploads bun run examples/12_upload.ts
//   curl -i -T README.md localhost:3000/files/
//   curl localhost:3000/files/README.md ; curl -r 0-99 localhost:3000/files/README.md

import { mkdirSync, mkdtempSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, HttpError } from "@fasterapi/bun";

const folder = process.env["UPLOADS"] ?? mkdtempSync(join(tmpdir(), "uploads-"));
mkdirSync(folder, { recursive: true });

/** A name can't lead out of the folder: params are decoded, so `..%2F` is `../` here. */
function pathOf(name: string): string {
  if (!/^\w[\w.-]{0,99}$/.test(name)) throw new HttpError(400, "A name is letters, digits, _, - and dots");
  return join(folder, name);
}

const app = new App()
  // With `body: "stream"` the handler runs before the body is there, and `body` is a ReadableStream of bytes.
  .put("/files/:name", { body: "stream", limits: { bodyBytes: 100e9 } }, async ({ params, body, status, set }) => {
    const path = pathOf(params.name);
    // Whoever reads meanwhile gets the old file or the new one, and never a half.
    const part = `${path}.${crypto.randomUUID()}.part`;
    const file = await open(part, "wx");
    let bytes = 0;
    try {
      for await (const piece of body) {
        await file.write(piece);
        bytes += piece.length;
      }
      await file.close();
      await rename(part, path);
    } catch (error) {
      // The client went away, sent too much, or the disk is full.
      await file.close();
      await rm(part, { force: true });
      throw error;
    }
    status(201);
    set("location", `/files/${params.name}`);
    return { name: params.name, bytes };
  })
  .get("/files/:name", ({ params }) => Bun.file(pathOf(params.name)));

const server = await app.listen();
console.log(`Listening on ${server.url}`);
