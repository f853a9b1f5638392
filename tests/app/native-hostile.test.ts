// Bodies that are made to be costly: nested as deep as JSON may be, in schemas that lead back to themselves. Neither the
// stack ends, in a worker neither, nor does a body take long.
import { expect, test } from "bun:test";
import { hostileAnswers } from "./native-hostile.ts";

const within = (answers: Awaited<ReturnType<typeof hostileAnswers>>) => {
  expect(answers.length).toBeGreaterThan(20);
  for (const { name, status, ms } of answers) {
    expect([name, [200, 422].includes(status), ms < 2_000]).toEqual([name, true, true]);
  }
};

test("on the main thread", async () => within(await hostileAnswers()), 60_000);

test("in a worker, whose stack is smaller", async () => {
  const worker = new Worker(new URL("./native-hostile.ts", import.meta.url).href);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof hostileAnswers>>>();
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
    worker.postMessage("go");
    within(await promise);
  } finally {
    worker.terminate();
  }
}, 60_000);
