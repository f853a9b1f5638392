// Stops at SIGTERM, says what its counters are then, and ends by itself.
import { App } from "@fasterapi/bun";

const app = new App()
  .get("/constant/:id", ({ params }) => params.id)
  .get("/async/:id", async ({ params }) => {
    await Bun.sleep(Number(params.id) % 7);
    return params.id;
  })
  .post("/body/:id", async ({ params, text }) => `${params.id} ${(await text()).length}`);
const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
process.once("SIGTERM", async () => {
  await server.stop();
  console.log(JSON.stringify(server.stats()));
});
console.log(JSON.stringify({ port: server.port }));
