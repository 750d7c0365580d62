import { useEffect, useState } from "react";
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
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    if (copyByCommand(text)) return "Copied";
    if (element === null) return "Not copied";
    window.getSelection()?.selectAllChildren(element);
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
