import { watch } from "chokidar";
import type { Clock } from "../clock.ts";

/** Editors and Kubernetes write in several steps; changes closer together than this are reported once. */
const DEBOUNCE_MS = 200;

/** Watches files until `stop`. */
export interface FileWatcher {
  /** Resolves when watching begins; earlier changes are not reported. */
  readonly ready: Promise<void>;
  /** Watches further paths. */
  add(paths: readonly string[]): void;
  stop(): Promise<void>;
}

/** Calls `onChange` after one of the files, or a file directly in one of the folders, is created, changed, replaced or removed. Paths need not exist. The callback must not throw. */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: () => void): FileWatcher {
  let cancel: (() => void) | null = null;
  const watcher = watch([...paths], { ignoreInitial: true, depth: 1 });
  watcher.on("all", () => {
    cancel?.();
    cancel = clock.after(DEBOUNCE_MS, onChange);
  });
  // Without the right to watch a folder only SIGHUP reloads.
  watcher.on("error", () => {});
  const ready = new Promise<void>((resolve) => watcher.once("ready", resolve));
  return {
    ready,
    add: (further) => void watcher.add([...further]),
    async stop() {
      cancel?.();
      await watcher.close();
    },
  };
}
