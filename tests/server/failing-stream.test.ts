// Streams that fail at a time when nobody listens to them.
import { expect, test } from "bun:test";
import { connect } from "node:net";
import { Child } from "../support/child.ts";

/** What comes of a stream whose turn comes only later, or never when the client leaves before. */
function askBehind(port: number, path: string, leavesAfterMs: number): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      setTimeout(() => socket.resetAndDestroy(), leavesAfterMs);
    });
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      received += data.toString("latin1");
    });
    socket.on("close", () => resolve(received));
  });
}

test.each([
  ["/fails", 200],
  ["/fails", 2],
  ["/aborted", 20],
])("a stream that fails unheard ends no process: %s, whose client leaves after %d ms", async (path, ms) => {
  await using child = new Child("failing-stream.ts");
  const { port } = await child.said();
  const received = await askBehind(port, path, ms);
  if (ms === 200) expect(received).toEndWith("\r\n\r\n4\r\nsome\r\n");
  await Bun.sleep(100);
  expect(child.isRunning).toBe(true);
  expect(await (await fetch(`http://127.0.0.1:${port}/failed`)).text()).toBe("1");
});

test("a piece is as long as it is, whatever it says", async () => {
  await using child = new Child("failing-stream.ts");
  const { port } = await child.said();
  const answer = await fetch(`http://127.0.0.1:${port}/lying`);
  expect((await answer.bytes()).length).toBe(5);
});
