import { type RefObject, useEffect, useRef } from "react";

/** Calls `onEscape` for an Escape within the element, of which the rest of the page gets nothing. */
export function useEscape(element: RefObject<HTMLElement | null>, onEscape: () => void): void {
  const latest = useRef(onEscape);
  latest.current = onEscape;
  useEffect(() => {
    const { current } = element;
    const follow = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      latest.current();
    };
    current?.addEventListener("keydown", follow);
    return () => current?.removeEventListener("keydown", follow);
  }, [element]);
}
