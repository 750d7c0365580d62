const STORAGE_KEY = "haprobe:name";

/** The name under which this browser acknowledged last; empty before, and without storage. */
export function readOwnName(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? "";
  } catch {
    return "";
  }
}

/** Remembers the name for the next acknowledgement. */
export function writeOwnName(name: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, name);
  } catch {
    // Without storage the name is asked for again.
  }
}
