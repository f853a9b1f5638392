// A million requests leave nothing behind that a hundred thousand did not: answered ones, ones with bodies, aborted ones.
import { expect, test } from "bun:test";
import { Child } from "../support/child.ts";
import { type Abort, abort, load, requestOf } from "../support/load.ts";
import { hasProc, residentBytes } from "../support/process.ts";

const MB = 1024 * 1024;
/** Fewer make a quicker test that sees less. */
const requests = Number(process.env["FASTERAPI_TEST_REQUESTS"] ?? 1_000_000);
const growthMax = 5 * MB;
const legsMax = 3;

/** Once what is dead was collected: the least of several looks. */
async function resident(child: Child, port: number): Promise<number> {
  let least = Number.MAX_VALUE;
  for (let i = 0; i < 4; i++) {
    await (await fetch(`http://127.0.0.1:${port}/held`, { keepalive: false })).text();
    await Bun.sleep(50);
    least = Math.min(least, residentBytes(child.pid));
  }
  return least;
}

type Run = (port: number, count: number) => Promise<void>;

async function staysFlat(name: string, run: Run, warmUp = requests / 10): Promise<void> {
  await using child = new Child("plain.ts");
  const { port } = await child.said();
  await run(port, warmUp);
  const mb = (bytes: number) => (bytes / MB).toFixed(1);
  let before = await resident(child, port);
  let after = before;
  // A heap may find its size late; what leaks grows each time.
  for (let leg = 1; leg <= legsMax; leg++) {
    before = after;
    await run(port, requests - warmUp);
    after = await resident(child, port);
    const total = warmUp + leg * (requests - warmUp);
    console.log(`${name}: ${mb(before)} MB before, ${mb(after)} MB after ${total} requests.`);
    if (after < before + growthMax) break;
  }
  expect(after).toBeLessThan(before + growthMax);
  const look = async () => (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as Record<string, number>;
  let stats = await look();
  // The last of those that left may still be lingering.
  for (let i = 0; i < 60 && (stats["connectionsOpen"] !== 1 || stats["bufferedBytes"] !== 0); i++) {
    await Bun.sleep(50);
    stats = await look();
  }
  expect(stats).toMatchObject({ connectionsOpen: 1, bufferedBytes: 0, responses4xx: 0, responses5xx: 0 });
  child.kill("SIGTERM");
  expect(await child.line()).toBe("stopped");
  expect(await child.end()).toBe(0);
}

const get = requestOf("GET", "/handler");
const waits = requestOf("GET", "/async");
const post = requestOf("POST", "/body", "x".repeat(10_240));
const times = (count: number, request: Uint8Array) => Array.from({ length: count }, () => request);

test.if(hasProc)(
  "GET",
  () => staysFlat("GET", (port, count) => load({ port, request: get, body: "handler", count })),
  60_000,
);

test.if(hasProc)(
  "POST of 10 KB",
  () => staysFlat("POST of 10 KB", (port, count) => load({ port, request: post, body: "10240", count, depth: 16 })),
  120_000,
);

// Each way to leave gets its share of the requests; the last request of a connection is never whole.
const aborted: Pick<Abort, "bytes" | "requests">[] = [
  { requests: 32, bytes: Buffer.concat([...times(31, waits), waits.subarray(0, 20)]) },
  { requests: 9, bytes: Buffer.concat([...times(8, post), post.subarray(0, 5_000)]) },
  // Answers that are held back, because the second waits for the client to leave.
  {
    requests: 32,
    bytes: Buffer.concat([get, requestOf("GET", "/watched"), ...times(29, waits), waits.subarray(0, 1)]),
  },
];

test.if(hasProc)(
  "requests whose clients reset the connection",
  () =>
    staysFlat("Aborted", async (port, count) => {
      const share = count / (aborted.length * 2);
      for (const one of aborted) {
        for (const afterAnswer of [false, true]) await abort({ port, count: share, afterAnswer, ...one });
      }
    }),
  120_000,
);

test.if(hasProc)(
  "requests whose clients reset the connection in the middle of large answers",
  () => {
    const large = {
      requests: 32,
      bytes: Buffer.concat([...times(31, requestOf("GET", "/large")), get.subarray(0, 10)]),
    };
    const run: Run = async (port, count) => {
      for (const afterAnswer of [false, true]) await abort({ port, count: count / 2, afterAnswer, ...large });
    };
    // The system's allocator and the pools take longer to have all that they keep.
    return staysFlat("Aborted in large answers", run, requests / 2);
  },
  120_000,
);
