import { type RefObject, useLayoutEffect } from "react";

/**
 * Moves the focus into a form that opens, to its first field without a value, and away from it when it closes: to what had
 * the focus before, or where that is gone, to the button that opens it, or the part of the page around the form.
 */
export function useFormFocus(
  form: RefObject<HTMLFormElement | null>,
  isOff = false,
  opener: RefObject<HTMLElement | null> | null = null,
): void {
  useLayoutEffect(() => {
    const element = form.current;
    if (element === null || isOff) return;
    const before = document.activeElement;
    const around = element.parentElement?.closest<HTMLElement>("[tabindex='-1']");
    const fields = [...element.querySelectorAll<HTMLInputElement>("input")];
    (fields.find(({ value }) => value === "") ?? fields[0])?.focus();
    return () => {
      if (!element.contains(document.activeElement)) return;
      const isKept = before instanceof HTMLElement && before !== document.body && before.isConnected;
      // The browser takes the focus from an element that it removes, and the button is there again by then.
      // oxlint-disable-next-line react-hooks/exhaustive-deps
      queueMicrotask(() => (isKept ? before : (opener?.current ?? around))?.focus({ preventScroll: true }));
    };
  }, [form, isOff, opener]);
}
