import { useEffect, useState } from "react";
import { CopyIcon } from "./icons.tsx";

/** Copies a text and says whether it worked. Without a secure context the browser has no clipboard, so we select for the reader. */
export function CopyButton({ text, label: what }: { text: string; label: string }) {
  const [said, setSaid] = useState<"Copy" | "Copied" | "Press Ctrl+C">("Copy");
  useEffect(() => {
    if (said === "Copy") return;
    const timer = setTimeout(() => setSaid("Copy"), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button
      type="button"
      className="button copy"
      aria-label={`${said}: ${what}`}
      onClick={(event) => {
        const code = event.currentTarget.parentElement?.querySelector("code") ?? null;
        void copy(text, code).then(setSaid);
      }}
    >
      <CopyIcon />
      {said}
    </button>
  );
}

async function copy(text: string, shown: HTMLElement | null): Promise<"Copied" | "Press Ctrl+C"> {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    if (shown) window.getSelection()?.selectAllChildren(shown);
    return "Press Ctrl+C";
  }
}
