/** One application whose routes do the same with something more or less around them. */
import { App } from "../../../src/index.ts";
import { announce } from "./life.ts";

const app = new App({ development: false })
  .get("/plain/json", () => ({ hello: "world" }))
  .get("/async/json", async () => {
    await Promise.resolve();
    return { hello: "world" };
  })
  .group("/three", (three) =>
    three
      .use((_, next) => next())
      .use((_, next) => next())
      .use((_, next) => next())
      .get("/json", () => ({ hello: "world" })),
  );

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
await announce(server.port);
