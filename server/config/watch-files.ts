import { watch } from "chokidar";
import type { Clock } from "../clock.ts";

/** Editors and Kubernetes write in several steps: news that come closer together than this are one. */
const DEBOUNCE_MS = 200;

/** Files that are watched until `stop`. */
export interface FileWatcher {
  /** Resolves when changes are seen; what changed before is not told. */
  readonly ready: Promise<void>;
  /** Watches these too; files that are watched already stay so. */
  add(paths: readonly string[]): void;
  stop(): Promise<void>;
}

/** Calls back after any of the files was changed, replaced, removed or made, or anything in one of the folders, but not below them; what is not there yet may come. The callback must not throw. */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: () => void): FileWatcher {
  let cancel: (() => void) | null = null;
  const watcher = watch([...paths], { ignoreInitial: true, depth: 1 });
  watcher.on("all", () => {
    cancel?.();
    cancel = clock.after(DEBOUNCE_MS, onChange);
  });
  // A folder that may not be watched costs the automatic reload; SIGHUP still works.
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
