// Listens some time after its module was loaded.
import { App } from "@fasterapi/bun";

async function main(): Promise<void> {
  await Bun.sleep(50);
  await new App().get("/late", "x").listen();
}
void main();
