import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ChevronIcon } from "./icons.tsx";
import "./menu-button.css";

interface MenuButtonProps {
  readonly label: string;
  /** Number of choices that differ from the default; 0 shows none. */
  readonly count?: number;
  readonly children: ReactNode;
}

/** A button that opens a panel of choices below it; Escape, or the focus or pointer elsewhere, closes it. */
export function MenuButton({ label, count = 0, children }: MenuButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panelId = useId();
  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = (event: Event): void => {
      if (event.target instanceof Node && menu.current?.contains(event.target) === false) setOpen(false);
    };
    // Before the page's own keys: the first Escape closes the menu only.
    const closeByKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    document.addEventListener("keydown", closeByKey, true);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
      document.removeEventListener("keydown", closeByKey, true);
    };
  }, [isOpen]);
  return (
    <div className="menu" ref={menu}>
      <button
        type="button"
        ref={button}
        className="button menu-toggle"
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
        {count > 0 && <span className="num muted">{count}</span>}
        <ChevronIcon />
      </button>
      {isOpen && (
        <div className="menu-panel" id={panelId} role="group" aria-label={label}>
          {children}
        </div>
      )}
    </div>
  );
}
