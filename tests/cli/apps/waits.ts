// Waits for what never comes.
await new Promise(() => undefined);

export {};
