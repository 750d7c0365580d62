import { BOUNDS } from "../bounds.ts";
import { startsWith } from "./response-sections.ts";

const CURRENT_WORKERS = "# workers";
const SECTION_END = "\n\n";

/** The master's process list, and where its section ends. */
export interface ShowProc {
  /** Current workers, without the old ones left by a reload; more than one with `nbproc` (up to 2.4). */
  readonly workerCount: number;
  /** Offset after the section. */
  readonly endOffset: number;
}

/** Parses `show proc` at the beginning of a master's response; null if it does not begin with one. */
export function parseShowProc(bytes: Buffer): ShowProc | null {
  const end = bytes.subarray(0, BOUNDS.showInfoMaxBytes).indexOf(SECTION_END, 0, "latin1");
  if (!startsWith(bytes, "#<PID>") || end < 0) return null;
  let isCurrent = false;
  let workers = 0;
  for (const line of bytes.toString("latin1", 0, end).split("\n")) {
    if (line.startsWith("#")) isCurrent = line.startsWith(CURRENT_WORKERS);
    else if (isCurrent && /^\d+\s+worker\s/.test(line)) workers += 1;
  }
  return { workerCount: workers, endOffset: end + SECTION_END.length };
}
