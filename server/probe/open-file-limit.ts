import { readFileSync } from "node:fs";

/**
 * The limit of open files of this process: `Max open files` of proc(5), whose soft limit Node raises to the hard one
 * at its start. Null where the system has no such file.
 */
export function openFileLimit(limitsFile = "/proc/self/limits"): number | null {
  let text: string;
  try {
    text = readFileSync(limitsFile, "utf8");
  } catch {
    return null;
  }
  const soft = /^Max open files +(\d+|unlimited) /m.exec(text)?.[1];
  if (soft === undefined) return null;
  return soft === "unlimited" ? Infinity : Number(soft);
}
