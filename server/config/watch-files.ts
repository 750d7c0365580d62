import { statSync } from "node:fs";
import { watch } from "chokidar";
import type { Clock } from "../clock.ts";

/** Editors and Kubernetes write in several steps; changes closer together than this are reported once. */
const DEBOUNCE_MS = 200;
/** Changes without a pause are reported after this time, so that one busy file does not hold back the others. */
const DEBOUNCE_MAX_MS = 2_000;
/** A path is watched some time after `add`; a change until then is found by comparing the file after this time. */
const COMPARE_AFTER_MS = 1_000;

/** Watches files until `stop`. */
export interface FileWatcher {
  /** Resolves when watching begins; earlier changes are not reported. */
  readonly ready: Promise<void>;
  /** Watches further paths; changes from now on are reported. */
  add(paths: readonly string[]): void;
  stop(): Promise<void>;
}

/** Calls `onChange` after one of the files, or a file directly in one of the folders, is created, changed, replaced or removed. Paths need not exist. The callback must not throw. */
export function watchFiles(paths: readonly string[], clock: Clock, onChange: () => void): FileWatcher {
  const watched = new Set(paths);
  const comparisons = new Set<() => void>();
  let pending: { readonly deadline: number; readonly cancel: () => void } | null = null;
  const watcher = watch([...paths], { ignoreInitial: true, depth: 1 });
  const notify = (): void => {
    const now = clock.now();
    const deadline = pending?.deadline ?? now + DEBOUNCE_MAX_MS;
    pending?.cancel();
    const cancel = clock.after(Math.min(DEBOUNCE_MS, deadline - now), () => {
      pending = null;
      onChange();
    });
    pending = { deadline, cancel };
  };
  watcher.on("all", notify);
  // Without the right to watch a folder only SIGHUP reloads.
  watcher.on("error", () => {});
  const ready = new Promise<void>((resolve) => watcher.once("ready", resolve));
  return {
    ready,
    add(further) {
      const added = further.filter((path) => !watched.has(path)).map((path) => [path, fingerprint(path)] as const);
      if (added.length === 0) return;
      for (const [path] of added) watched.add(path);
      watcher.add(added.map(([path]) => path));
      const comparison = clock.after(COMPARE_AFTER_MS, () => {
        comparisons.delete(comparison);
        if (added.some(([path, before]) => fingerprint(path) !== before)) notify();
      });
      comparisons.add(comparison);
    },
    async stop() {
      pending?.cancel();
      for (const comparison of comparisons) comparison();
      await watcher.close();
    },
  };
}

/** Changes with the file; empty for one that cannot be read. */
function fingerprint(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join(":");
  } catch {
    return "";
  }
}
