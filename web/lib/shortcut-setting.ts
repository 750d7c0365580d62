const STORAGE_KEY = "haprobe:letters";

const listeners = new Set<() => void>();
let areEnabled: boolean | null = null;

/** Whether single letters are shortcuts; the browser stores the choice, without storage it lasts until the page is closed. */
export function areShortcutsEnabled(): boolean {
  areEnabled ??= read() !== "off";
  return areEnabled;
}

/** Enables or disables single letters. */
export function enableShortcuts(on: boolean): void {
  areEnabled = on;
  write(on ? "on" : "off");
  for (const listener of [...listeners]) listener();
}

/** Calls `listener` after each change; the returned function unsubscribes. */
export function onShortcutsChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, value);
  } catch {
    // The choice lasts until the page is closed.
  }
}
