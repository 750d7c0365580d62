import { useEffect, useState } from "react";
import { copyText } from "../lib/copy-text.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { CopyIcon } from "./icons.tsx";

/** Copies a text and shows whether that worked; where the browser refuses, it selects the text instead, if all of it is shown. */
export function CopyButton({ text, label, caption = "Copy" }: { text: string; label: string; caption?: string }) {
  const [state, setState] = useState<"Copy" | "Copied" | "Press Ctrl+C" | "Not copied">("Copy");
  const { toasts } = useDashboardClient();
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
        void copy(text, code?.textContent.trim() === text ? code : null).then((result) => {
          setState(result);
          if (result === "Copied") toasts.add({ title: "Copied", text: label });
        });
      }}
    >
      <CopyIcon />
      {state === "Copy" ? caption : state}
    </button>
  );
}

async function copy(text: string, element: HTMLElement | null): Promise<"Copied" | "Press Ctrl+C" | "Not copied"> {
  if (await copyText(text)) return "Copied";
  if (element === null) return "Not copied";
  window.getSelection()?.selectAllChildren(element);
  return "Press Ctrl+C";
}
