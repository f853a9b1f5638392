// Two applications listen, and a third is the default.
import { App } from "@fasterapi/bun";

void new App().get("/first", "x").listen();
void new App().get("/second", "x").listen();
if (process.env["WITHOUT_DEFAULT"] === "1") await new Promise(() => undefined);
export default new App().get("/default", "x");
