import { existsSync, readFileSync } from "node:fs";

/** haprobe's own version, from the package file beside the sources, or one folder further up beside the built ones. */
export const VERSION: string = readVersion();

function readVersion(): string {
  for (const place of ["../package.json", "../../package.json"]) {
    const file = new URL(place, import.meta.url);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return "0.0.0";
}
