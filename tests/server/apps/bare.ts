// What Bun itself costs: a process with one timer.
setInterval(() => undefined, 60_000);
console.log("started");
