// A server, and what must become of a malformed request in the middle of good ones.
import { expect } from "bun:test";
import { App, type AppOptions, type Server } from "@fasterapi/bun";
import { type Bytes, RawClient, request } from "../support/raw.ts";

const bytesOf = (bytes: Bytes) => Buffer.from(bytes as string, "latin1");

export class Refusals implements AsyncDisposable {
  /** How often something reached a handler that should not have. */
  touched = 0;

  private constructor(readonly server: Server) {}

  static async start(options: AppOptions = {}): Promise<Refusals> {
    const app = new App(options)
      .get("/before", async () => {
        await Bun.sleep(1);
        return "before";
      })
      .all("/*path", () => {
        refusals.touched++;
        return "touched";
      });
    const refusals = new Refusals(await app.listen({ port: 0, hostname: "127.0.0.1" }));
    return refusals;
  }

  /**
   * A good request, these bytes and another good request arrive together. The first is answered, by a handler that
   * takes its time; then comes the refusal, with this detail; then the end. No handler sees any of the rest.
   */
  async expect(bytes: Bytes, status: number, detail: string): Promise<void> {
    const { parseErrors } = this.server.stats();
    const { touched } = this;
    using client = await RawClient.open(this.server);
    const followers = request("/behind", { method: "POST", body: "x" });
    client.send(Buffer.concat([bytesOf(request("/before")), bytesOf(bytes), bytesOf(followers)]));
    const before = await client.answer();
    expect(before.text).toBe("before");
    expect(before.closes).toBe(false);
    const refusal = await client.answer();
    expect({ status: refusal.status, body: refusal.text }).toEqual({ status, body: JSON.stringify({ detail }) });
    expect(refusal.header("content-type")).toBe("application/json");
    expect(refusal.closes).toBe(true);
    expect(await client.ended()).toBe("end");
    expect(this.touched).toBe(touched);
    expect(this.server.stats().parseErrors - parseErrors).toBe(status === 413 ? 0 : 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop({ drainMs: 0 });
  }
}
