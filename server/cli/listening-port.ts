import { readFileSync } from "node:fs";

/** State LISTEN in the kernel's tables. */
const LISTEN = "0A";

/** True if a program on this machine listens on the TCP port, by the kernel's tables; false on systems without them (not Linux). Opens no connection. */
export function isListening(port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) =>
    readLines(table).some((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(suffix);
    }),
  );
}

function readLines(table: string): readonly string[] {
  try {
    return readFileSync(table, "utf8").split("\n");
  } catch {
    return [];
  }
}
