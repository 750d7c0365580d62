import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { ShownToast } from "../lib/toast-list.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { incidentNumber } from "../lib/incident-view.ts";
import { Glyph } from "./glyph.tsx";
import { PageLink } from "./page-link.tsx";
import "./toasts.css";

const SHOWN_MS = 8_000;

/** At the bottom right: what ended, and what this person did. Never a new mismatch. */
export function Toasts() {
  const { toasts: list } = useDashboardClient();
  const toasts = useSyncExternalStore(
    (listener) => list.subscribe(listener),
    () => list.toasts,
  );
  return (
    <section className="toasts" aria-label="Toasts" aria-live="polite">
      {toasts.map((toast) => (
        <ToastBox key={toast.id} toast={toast} onDismiss={list.dismiss.bind(list)} />
      ))}
    </section>
  );
}

/** One toast; it stays while the pointer or the focus is on it. */
function ToastBox({ toast, onDismiss }: { toast: ShownToast; onDismiss: (id: number) => void }) {
  const [isHeld, setHeld] = useState(false);
  const dismiss = useCallback(() => onDismiss(toast.id), [onDismiss, toast.id]);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(dismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld, dismiss]);
  return (
    <div
      className="toast verdict-agree-up"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Glyph name="agree-up" />
      <div>
        <p>
          <b>{toast.title}</b>
        </p>
        {toast.text !== undefined && <p className="toast-text num">{toast.text}</p>}
        <p className="toast-buttons">
          {toast.incident !== undefined && (
            <PageLink to={{ page: "incidents", id: toast.incident }} className="button">
              Incident <span className="mono">{incidentNumber(toast.incident)}</span>
            </PageLink>
          )}
          <button type="button" className="text-button" onClick={dismiss}>
            Dismiss
          </button>
        </p>
      </div>
    </div>
  );
}
