import { Modal } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore } from "react";
import { areShortcutsEnabled, enableShortcuts, onShortcutsChange } from "../lib/shortcut-setting.ts";
import { useSites } from "../state/dashboard-client-context.ts";

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["j k ↓ ↑", "next and previous row"],
  ["Enter", "open and close a row"],
  ["→ ←", "expand and collapse a backend or row"],
  ["Shift ← →", "what the strip of the row shows at a time"],
  [".", "next mismatch"],
  ["p", "only mismatches"],
  ["d", "density of the rows"],
  ["a", "acknowledge the worst mismatch"],
  ["c v", "copy the command that drains or restores the worst mismatch or the row, or that probes it"],
  ["[ ]", "shorter and longer strips"],
  ["Esc", "close, then clear search, then clear filters"],
  ["g o", "overview"],
  ["g e", "sites"],
  ["g s", "servers"],
  ["g i", "incidents"],
  ["g n", "numbers"],
  ["g f", "findings"],
  ["g m", "notifications"],
  ["g c", "settings"],
  ["t", "toggle theme"],
  ["?", "keyboard shortcuts"],
];

interface ShortcutsDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The list of keys, and the switch that disables single letters for users of speech input (WCAG 2.1.4). */
export default function ShortcutsDialog({ isOpen, onClose }: ShortcutsDialogProps) {
  const hasSites = useSites().length > 1;
  const areEnabled = useSyncExternalStore(onShortcutsChange, areShortcutsEnabled);
  // Mantine notes where the focus returns to when the dialog opens, not when it is mounted open.
  const [isMounted, setMounted] = useState(false);
  // oxlint-disable-next-line react/set-state-in-effect
  useEffect(() => setMounted(true), []);
  return (
    <Modal
      opened={isOpen && isMounted}
      onClose={onClose}
      title="Keyboard shortcuts"
      size={420}
      // Mantine's scroll lock injects a style element, which the content security policy forbids.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <dl className="shortcuts">
        {SHORTCUTS.filter(([, what]) => hasSites || what !== "sites").map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd className="key" key={key}>
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="shortcuts-toggle">
        <input
          type="checkbox"
          checked={areEnabled}
          onChange={(event) => enableShortcuts(event.currentTarget.checked)}
        />
        Enable single-letter shortcuts
      </label>
    </Modal>
  );
}
