import { useEffect, useRef, useState } from "react";

const STORAGE_KEY = "haprobe:letters";

/** Keys that work anywhere on the page, except while typing, by `event.key`. */
export type KeyboardShortcuts = Readonly<Record<string, () => void>>;

/** Listens for single keys; the reader can switch them off, which the browser remembers. */
export function useKeyboardShortcuts(keys: KeyboardShortcuts, isPaused: boolean): [boolean, (on: boolean) => void] {
  const [areOn, setOn] = useState(() => read() !== "off");
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (isPaused) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!areOn && event.key !== "Escape") return;
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [areOn, isPaused]);
  return [
    areOn,
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
    // Without storage it holds until the page is closed.
  }
}
