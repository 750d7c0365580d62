import { useEffect, useState } from "react";
import { CopyIcon } from "./icons.tsx";

/** Copies a text and shows whether that worked. Without a secure context the browser has no clipboard, so the text is selected instead. */
export function CopyButton({ text, label }: { text: string; label: string }) {
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
      {state}
    </button>
  );
}

async function copy(text: string, element: HTMLElement | null): Promise<"Copied" | "Press Ctrl+C"> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    if (element) window.getSelection()?.selectAllChildren(element);
    return "Press Ctrl+C";
  }
}
