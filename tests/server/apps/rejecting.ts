// Handlers that leave promises behind which reject, on a server that has nothing else to do.
import { App } from "@fasterapi/bun";

let beganMs = 0;
process.on("unhandledRejection", (reason) => {
  const ms = performance.now() - beganMs;
  console.log(JSON.stringify({ reason: (reason as Error).message, ms }));
});

const reject = (message: string): void => {
  beganMs = performance.now();
  Promise.reject(new Error(message));
};

const app = new App()
  .get("/sync", () => {
    reject("sync");
    return "answered";
  })
  .get("/async", async () => {
    await Bun.sleep(5);
    reject("async");
    return "answered";
  })
  .get("/after", () => {
    setTimeout(reject, 20, "after");
    return "answered";
  })
  .get("/throws", () => {
    reject("throws");
    throw new Error("this one is answered");
  });

const server = await app.listen({ port: 0, hostname: "127.0.0.1" });
console.log(JSON.stringify({ port: server.port }));
