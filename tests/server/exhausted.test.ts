// When the process has no descriptors left the server lives on, waits without effort, and serves again later.
import { expect, test } from "bun:test";
import { Child } from "../support/child.ts";
import { cpuMs, descriptors, hasProc } from "../support/process.ts";
import { eventually } from "../support/time.ts";
import { Wire } from "../support/wire.ts";

interface Stats {
  connectionsOpen: number;
  connectionsAccepted: number;
  connectionsRefused: number;
}

async function statsOf(wire: Wire): Promise<Stats> {
  wire.ask("/stats");
  return JSON.parse((await wire.answer()).body);
}

test.if(hasProc)(
  "descriptors that the application used up itself",
  async () => {
    await using child = new Child("hungry.ts", { descriptors: 256 });
    const { port } = await child.said();
    using first = await Wire.open({ port });
    first.ask("/eat");
    expect(Number((await first.answer()).body)).toBeGreaterThan(50);
    // The system connects them; the server can't accept them.
    const waiting = await Promise.all(Array.from({ length: 20 }, () => Wire.open({ port })));
    for (const wire of waiting) wire.ask("/");
    await eventually(async () => (await statsOf(first)).connectionsRefused > 0, "accepting to fail");
    const before = cpuMs(child.pid);
    await Bun.sleep(1_000);
    // It looks again every 100 ms; a loop that spins would take all of the second.
    expect(cpuMs(child.pid) - before).toBeLessThan(200);
    expect((await statsOf(first)).connectionsAccepted).toBe(1);
    for (const wire of waiting) expect(wire.rest).toBe("");
    // Those that are open are served all the while, also by what needs no descriptor.
    first.askAll(["/", "/handler"]);
    expect((await first.answers(2)).map(({ body }) => body)).toEqual(["constant", "handler"]);
    first.ask("/vomit");
    await first.answer();
    for (const wire of waiting) {
      expect((await wire.answer()).body).toBe("constant");
      wire.end();
    }
    await eventually(async () => (await statsOf(first)).connectionsOpen === 1, "the others to be closed");
    expect((await statsOf(first)).connectionsAccepted).toBe(21);
  },
  30_000,
);

test.if(hasProc)(
  "more clients than there are descriptors",
  async () => {
    await using child = new Child("plain.ts", { descriptors: 200 });
    const { port } = await child.said();
    using first = await Wire.open({ port });
    await statsOf(first);
    const clients = await Promise.all(Array.from({ length: 300 }, () => Wire.open({ port })));
    for (const wire of clients) wire.ask("/handler");
    await eventually(async () => (await statsOf(first)).connectionsRefused > 0, "the bound");
    // Some are left for the application.
    const { connectionsOpen } = await statsOf(first);
    expect(connectionsOpen).toBeGreaterThan(50);
    expect(descriptors(child.pid)).toBeLessThan(200 - 20);
    const before = cpuMs(child.pid);
    await Bun.sleep(1_000);
    expect(cpuMs(child.pid) - before).toBeLessThan(200);
    // Each that is answered makes room for one that waits.
    for (const wire of clients) {
      expect((await wire.answer()).body).toBe("handler");
      wire.end();
    }
    await eventually(async () => (await statsOf(first)).connectionsOpen === 1, "all to be closed");
    expect((await statsOf(first)).connectionsAccepted).toBe(301);
    child.kill("SIGTERM");
    expect(await child.line()).toBe("stopped");
    expect(await child.end()).toBe(0);
  },
  30_000,
);

const starts = [
  { name: "once the core is there", args: ["later"], codes: ["EMFILE"] },
  // The library, what it waits with, the listener: each may find that nothing is left.
  ...[0, 1, 2, 3, 4].map((left) => ({
    name: `with ${left} left at the start`,
    args: ["with", `${left}`],
    codes: ["LIBRARY_UNUSABLE", "EMFILE"],
  })),
];

test.if(hasProc).each(starts)(
  "a server that can't be started for want of descriptors says so, and can be later: $name",
  async ({ args, codes }) => {
    await using child = new Child("hungry.ts", { descriptors: 256, args });
    const { code, name } = await child.said();
    expect(name).toBeOneOf(["ListenError", "FasterApiError"]);
    expect(code).toBeOneOf(codes);
    const { port } = await child.said();
    using wire = await Wire.open({ port });
    wire.ask("/");
    expect((await wire.answer()).body).toBe("constant");
  },
  30_000,
);
