import { startsWith } from "./response-sections.ts";

const CURRENT = "# workers";
const SECTION_END = "\n\n";

/** What the master says of its processes, and where its answer ends. */
export interface ShowProc {
  /** Workers that serve now; those that a reload left behind are not counted. More than one with `nbproc` (up to 2.4). */
  readonly workerCount: number;
  /** Offset of whatever follows. */
  readonly endOffset: number;
}

/** Reads the answer to `show proc` at the beginning of a master's answer; null if it does not begin with one. */
export function parseShowProc(bytes: Buffer): ShowProc | null {
  const end = bytes.indexOf(SECTION_END, 0, "latin1");
  if (!startsWith(bytes, "#<PID>") || end < 0) return null;
  let current = false;
  let workers = 0;
  for (const line of bytes.toString("latin1", 0, end).split("\n")) {
    if (line.startsWith("#")) current = line.startsWith(CURRENT);
    else if (current && /^\d+\s+worker\s/.test(line)) workers += 1;
  }
  return { workerCount: workers, endOffset: end + SECTION_END.length };
}
