// Puts the core that was built for this platform where an installed package looks for it. Runs before packing.
import { cpSync, mkdirSync } from "node:fs";

const folder = `prebuilt/${process.platform}-${process.arch}`;
const library = `libfasterapi.${process.platform === "darwin" ? "dylib" : "so"}`;
mkdirSync(folder, { recursive: true });
cpSync(`zig-out/lib/${library}`, `${folder}/${library}`);
