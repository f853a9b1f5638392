// Loaded before a program, makes it say the document of its application in the place of listening.
import { App } from "@fasterapi/bun";

App.prototype.listen = async function (this: App) {
  console.log(JSON.stringify(this.openapi()));
  process.exit(0);
};
