// Exports its application by a name.
import { App } from "@fasterapi/bun";

export const shop = new App();
