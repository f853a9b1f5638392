// Streams that fail while they can't be sent yet, or after their client has gone. Whatever rejects unheard ends this process.
import { App } from "@fasterapi/bun";

let failed = 0;

const app = new App()
  .get("/wait", async () => {
    await Bun.sleep(50);
    return "waited";
  })
  .get("/fails", async function* () {
    yield "some";
    await Bun.sleep(5);
    failed++;
    throw new Error("this is logged");
  })
  .get("/aborted", ({ signal }) =>
    (async function* () {
      yield "some";
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          failed++;
          setTimeout(reject, 20, signal.reason);
        });
      });
    })(),
  )
  .get("/lying", async function* () {
    class Lying extends Uint8Array {
      override get byteLength() {
        return 1_000_000;
      }
    }
    yield new Lying(5);
  })
  .get("/failed", () => failed);

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
console.log(JSON.stringify({ port: server.port }));
