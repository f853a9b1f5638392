// Connections to a server, all open at once: each asks for the same path as often as is said, and is kept until SIGTERM.
// Says when every answer has come; exits with 1 when one is not the body that was expected.
const [port, count, rounds, path, expected] = Bun.argv.slice(2) as [string, string, string, string, string];
const request = `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;
const wanted = Number(count) * Number(rounds);
let answered = 0;

const fail = (why: string): never => {
  console.error(why);
  process.exit(1);
};

interface Client {
  received: string;
  left: number;
}

const open = () =>
  Bun.connect<Client>({
    hostname: "127.0.0.1",
    port: Number(port),
    data: { received: "", left: Number(rounds) },
    socket: {
      data(socket, bytes) {
        const client = socket.data;
        client.received += bytes.toString();
        if (!client.received.includes("\r\n\r\n") || !client.received.endsWith(expected)) return;
        if (!client.received.startsWith("HTTP/1.1 200 OK\r\n")) fail(`An answer is ${client.received}`);
        client.received = "";
        answered++;
        if (--client.left > 0) socket.write(request);
        if (answered === wanted) console.log("answered");
      },
      close: (_, error) => fail(`A connection was closed: ${error}`),
    },
  });

// As many at a time as a listener's backlog takes.
const sockets = [];
while (sockets.length < Number(count)) {
  const some = Math.min(500, Number(count) - sockets.length);
  sockets.push(...(await Promise.all(Array.from({ length: some }, open))));
}
console.log("open");
for (const socket of sockets) socket.write(request);
process.on("SIGTERM", () => process.exit(0));
setInterval(() => undefined, 60_000);
