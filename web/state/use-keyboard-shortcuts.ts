import { useEffect, useRef, useState } from "react";

const STORAGE_KEY = "haprobe:letters";

/** Actions by `event.key`; they work anywhere on the page except while typing. */
export type KeyboardShortcuts = Readonly<Record<string, () => void>>;

/** Handles single-key shortcuts. The user can disable them; the browser stores that. */
export function useKeyboardShortcuts(
  shortcuts: KeyboardShortcuts,
  isPaused: boolean,
): [boolean, (on: boolean) => void] {
  const [areEnabled, setOn] = useState(() => read() !== "off");
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    if (isPaused) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!areEnabled && event.key !== "Escape") return;
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [areEnabled, isPaused]);
  return [
    areEnabled,
    (on) => {
      setOn(on);
      write(on ? "on" : "off");
    },
  ];
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
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
    // Without storage the setting lasts until the page is closed.
  }
}
