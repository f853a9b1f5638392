// Is an application that can neither listen nor be documented.
import { App } from "@fasterapi/bun";

export default new App().get("/a", { security: [{ key: [] }] }, "a").get("/a", "a");
