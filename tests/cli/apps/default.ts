// Exports its application, and goes on with something else for ever.
import { App, t } from "@fasterapi/bun";

console.log("on standard output");
process.stdout.write("and this too\n");
setInterval(() => console.info("still here"), 1);

export default new App({ openapi: { docs: false, info: { title: "Default" } } })
  .use(function guard(_, next) {
    return next();
  })
  .get("/", { summary: "Greets" }, "Hello")
  .post("/orders", { body: t.Object({ id: t.Integer() }) }, ({ body }) => body)
  .put("/names", { body: t.Object({ name: t.String({ pattern: "(?=a)" }) }) }, ({ body }) => body);
