// Sends one request again and again as fast as the server takes them, waits for nothing, and drops what comes back.
const [port, path, connections] = Bun.argv.slice(2) as [string, string, string];
const chunk = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`.repeat(1_000));

for (let i = 0; i < Number(connections); i++) {
  let unsent: Uint8Array = chunk;
  const push = (socket: { write(bytes: Uint8Array): number }): void => {
    for (;;) {
      const written = Math.max(0, socket.write(unsent));
      unsent = written === unsent.length ? chunk : unsent.subarray(written);
      if (unsent !== chunk) return;
    }
  };
  await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(port),
    socket: { open: push, drain: push, data: () => undefined, close: () => process.exit(0) },
  });
}
console.log("sending");
