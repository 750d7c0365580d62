import { readFileSync } from "node:fs";

/** State `LISTEN` in the kernel's tables. */
const LISTEN = "0A";

/** True if some program of this machine listens on the TCP port, as the kernel's tables tell; false where there are none (not Linux). Connects to nothing. */
export function isListening(port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) =>
    readLines(table).some((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(end);
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
