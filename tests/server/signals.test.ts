// SIGTERM under load, in an application that stops its server then: everything asked is answered, and the exit code is 0.
import { expect, test } from "bun:test";
import type { ServerStats } from "@fasterapi/bun";
import { Child } from "../support/child.ts";
import { eventually } from "../support/time.ts";
import { type Answer, Wire } from "../support/wire.ts";

const body = "b".repeat(5_000);

/** Asks in batches, until the server says that it closes, or does. Gives the number of answers. */
async function client(
  port: number,
  number: number,
  onAnswer: () => void,
): Promise<{ answers: number; wasTold: boolean }> {
  using wire = await Wire.open({ port });
  let answers = 0;
  for (let round = 0; ; round++) {
    const ids = Array.from({ length: 12 }, (_, i) => `${number}${round}${i}`);
    const requests = ids.map((id, i) => {
      if (i % 3 === 0)
        return `POST /body/${id} HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      return `GET /${i % 3 === 1 ? "constant" : "async"}/${id} HTTP/1.1\r\nHost: test\r\n\r\n`;
    });
    wire.send(requests.join(""));
    for (const [i, id] of ids.entries()) {
      let answer: Answer;
      try {
        answer = await wire.answer();
      } catch (error) {
        // Closed between two answers, but never in the middle of one.
        if (!wire.isOpen && wire.rest === "") return { answers, wasTold: false };
        throw error;
      }
      expect([answer.status, answer.body]).toEqual([200, i % 3 === 0 ? `${id} ${body.length}` : id]);
      answers++;
      onAnswer();
      if (answer.headers.get("connection") === "close") {
        expect(await wire.closed()).toBe(false);
        expect(wire.rest).toBe("");
        return { answers, wasTold: true };
      }
    }
  }
}

test("no request is lost, and the process ends by itself with 0", async () => {
  for (let round = 0; round < 5; round++) {
    await using child = new Child("drains.ts");
    const { port } = await child.said();
    let answered = 0;
    const clients = Array.from({ length: 10 }, (_, number) => client(port, number, () => answered++));
    const all = Promise.all(clients);
    // That none fails before it is looked at.
    all.catch(() => undefined);
    await eventually(() => answered > 500 + round * 37, "load");
    child.kill("SIGTERM");
    const results = await all;
    const stats = (await child.said()) as unknown as ServerStats;
    expect(await child.end(5_000)).toBe(0);
    expect(child.errors).toBe("");
    // Each head that was complete had its answer, and each answer reached its client.
    expect(stats.responses2xx).toBe(stats.requests);
    expect(results.reduce((sum, { answers }) => sum + answers, 0)).toBe(stats.requests);
    expect(stats.connectionsOpen).toBe(0);
    expect(results.filter(({ wasTold }) => wasTold).length).toBeGreaterThan(0);
  }
}, 60_000);

test("a second signal ends a process that takes too long to stop", async () => {
  await using child = new Child("drains.ts");
  const { port } = await child.said();
  using wire = await Wire.open({ port });
  // A body that never comes.
  wire.send("POST /body/1 HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n");
  await Bun.sleep(50);
  child.kill("SIGTERM");
  await Bun.sleep(200);
  expect(child.isRunning).toBe(true);
  // It was listened to once.
  child.kill("SIGTERM");
  expect(await child.end(3_000)).toBe("SIGTERM");
});
