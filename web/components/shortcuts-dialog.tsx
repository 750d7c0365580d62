import { Modal } from "@mantine/core";

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["j k ↓ ↑", "next and previous row"],
  ["Enter", "open and close a row"],
  ["→ ←", "unfold and fold a backend or row"],
  [".", "next problem"],
  ["p", "only problems"],
  ["Esc", "close, then clear search, then clear filters"],
  ["t", "light or dark"],
  ["?", "this list"],
];

interface ShortcutsDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly areShortcutsEnabled: boolean;
  readonly onShortcutsEnabledChange: (on: boolean) => void;
}

/** The keys, and the switch that turns single letters off for people whose tools type for them. */
export function ShortcutsDialog({
  isOpen,
  onClose,
  areShortcutsEnabled: areLettersOn,
  onShortcutsEnabledChange: onLetters,
}: ShortcutsDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title="Keyboard"
      size={420}
      // Mantine's scroll lock injects a style element, which the page's policy forbids.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <dl className="keys">
        {SHORTCUTS.map(([keys, what]) => (
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
      <label className="keys-switch">
        <input type="checkbox" checked={areLettersOn} onChange={(event) => onLetters(event.currentTarget.checked)} />
        Single letters work as keys
      </label>
    </Modal>
  );
}
