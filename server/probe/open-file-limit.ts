import { readFileSync } from "node:fs";

/**
 * How many files this process may have open: `Max open files` of proc(5), whose soft limit Node raises to the hard one
 * when it starts. Null where the system does not say.
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
