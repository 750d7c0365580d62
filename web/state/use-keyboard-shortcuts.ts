import { useEffect, useRef, useSyncExternalStore } from "react";
import { areShortcutsEnabled, onShortcutsChange } from "../lib/shortcut-setting.ts";

/** Actions by `event.key`; they work anywhere on the page except while typing. */
export type KeyboardShortcuts = Readonly<Record<string, () => void>>;

/** A key after `g` later than this is a key of its own. */
const SEQUENCE_MS = 1_500;

/** Handles single-key shortcuts of a page. The user can disable them; while a dialog is open they do nothing. */
export function useKeyboardShortcuts(shortcuts: KeyboardShortcuts): void {
  const areEnabled = useSyncExternalStore(onShortcutsChange, areShortcutsEnabled);
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (isForeign(event) || (!areEnabled && event.key !== "Escape")) return;
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [areEnabled]);
}

/** Calls `go` with the key that follows `g`; before the pages' own keys, and only if it is one of `keys`. */
export function useGoShortcuts(keys: readonly string[], go: (key: string) => void): void {
  const areEnabled = useSyncExternalStore(onShortcutsChange, areShortcutsEnabled);
  const latest = useRef({ keys, go });
  latest.current = { keys, go };
  useEffect(() => {
    let startedAt = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent): void => {
      if (isForeign(event) || !areEnabled) return;
      const isSecond = event.timeStamp - startedAt < SEQUENCE_MS;
      startedAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (!isSecond || !latest.current.keys.includes(event.key)) return;
      event.preventDefault();
      latest.current.go(event.key);
    };
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, [areEnabled]);
}

/** True for a key that another listener took, that is typed, or that belongs to an open dialog. */
function isForeign(event: KeyboardEvent): boolean {
  return (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    isTyping(event.target) ||
    document.querySelector('[aria-modal="true"]') !== null
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
