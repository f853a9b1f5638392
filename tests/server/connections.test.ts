// Very many connections at once: all are answered, and while they are silent they cost nothing.
import { expect, test } from "bun:test";
import { Child } from "../support/child.ts";
import { cpuMs, descriptorsMax, hasProc } from "../support/process.ts";
import { eventually } from "../support/time.ts";

/** What is kept for Bun itself. */
const reserved = 300;
const connections = hasProc ? Math.min(10_000, descriptorsMax() - reserved) : 0;
if (hasProc && connections < 10_000)
  console.log(`The limit of descriptors allows only ${connections} of 10,000 connections.`);

const get = async (port: number, path: string) =>
  (await (await fetch(`http://127.0.0.1:${port}${path}`, { keepalive: false })).json()) as Record<string, number>;

test.if(hasProc)(
  `${connections} connections at once, each asks three times and is answered`,
  async () => {
    await using server = new Child("plain.ts");
    const { port } = await server.said();
    const before = await get(port, "/held");
    const args = [`${port}`, `${connections}`, "3", "/handler", "handler"];
    await using clients = new Child("clients.ts", { args });
    expect(await clients.line(60_000)).toBe("open");
    expect(await clients.line(60_000)).toBe("answered");
    expect(await get(port, "/stats")).toMatchObject({
      connectionsOpen: connections + 1,
      connectionsRefused: 0,
      responses5xx: 0,
    });
    clients.kill("SIGTERM");
    expect(await clients.end()).toBe(0);
    await eventually(async () => (await get(port, "/stats"))["connectionsOpen"] === 1, "all to be closed");
    expect(await get(port, "/held")).toMatchObject({ descriptors: before["descriptors"]! });
    server.kill("SIGTERM");
    expect(await server.line()).toBe("stopped");
    expect(await server.end()).toBe(0);
  },
  120_000,
);

/** CPU time that a process used in two seconds, once it had time to come to rest. */
async function idleMs(child: Child): Promise<number> {
  await Bun.sleep(500);
  const before = cpuMs(child.pid);
  await Bun.sleep(2_000);
  return cpuMs(child.pid) - before;
}

// A loop that looked every millisecond would take some 30 ms, one that spins all of the 2,000.
const slackMs = 10;

test.if(hasProc)(
  "an idle server uses no CPU: without connections, with 2,000, and with handlers that are waited for",
  async () => {
    await using bare = new Child("bare.ts");
    await using silent = new Child("plain.ts");
    await using held = new Child("plain.ts");
    await using waiting = new Child("plain.ts");
    await bare.line();
    await silent.line();
    const ports = [(await held.said()).port, (await waiting.said()).port];
    await using clients = new Child("clients.ts", { args: [`${ports[0]}`, "2000", "2", "/handler", "handler"] });
    await using askers = new Child("clients.ts", { args: [`${ports[1]}`, "50", "2", "/never", "handler"] });
    await clients.line();
    expect(await clients.line()).toBe("answered");
    await askers.line();
    const [bareMs, ...used] = await Promise.all([bare, silent, held, waiting].map(idleMs));
    expect(await get(ports[0]!, "/stats")).toMatchObject({ connectionsOpen: 2_001 });
    expect(await get(ports[1]!, "/stats")).toMatchObject({ connectionsOpen: 51, requests: 51, responses2xx: 0 });
    console.log(
      `Idle for 2 s: bare ${bareMs!.toFixed(1)} ms of CPU, servers ${used.map((ms) => ms.toFixed(1)).join(", ")}.`,
    );
    for (const ms of used) expect(ms).toBeLessThan(bareMs! + slackMs);
  },
  60_000,
);
