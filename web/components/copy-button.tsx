import { useEffect, useState } from "react";
import { CopyIcon } from "./icons.tsx";

/** Copies a text and shows whether that worked; where the browser refuses, it selects the shown text instead. */
export function CopyButton({ text, label, caption = "Copy" }: { text: string; label: string; caption?: string }) {
  const [state, setState] = useState<"Copy" | "Copied" | "Press Ctrl+C">("Copy");
  useEffect(() => {
    if (state === "Copy") return;
    const timer = setTimeout(() => setState("Copy"), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <button
      type="button"
      className="button copy"
      aria-label={`${state}: ${label}`}
      onClick={(event) => {
        const code = event.currentTarget.parentElement?.querySelector("code") ?? null;
        void copy(text, code).then(setState);
      }}
    >
      <CopyIcon />
      {state === "Copy" ? caption : state}
    </button>
  );
}

async function copy(text: string, element: HTMLElement | null): Promise<"Copied" | "Press Ctrl+C"> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    if (copyByCommand(text)) return "Copied";
    if (element) window.getSelection()?.selectAllChildren(element);
    return "Press Ctrl+C";
  }
}

/** Copies without a secure context, where the browser has no clipboard object: over plain HTTP. */
function copyByCommand(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "visually-hidden";
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  // Deprecated, and the only way over plain HTTP.
  // oxlint-disable-next-line typescript/no-deprecated
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return isCopied;
}
