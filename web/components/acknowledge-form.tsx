import { TextInput } from "@mantine/core";
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from "react";
import { readOwnName, writeOwnName } from "../lib/own-name.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

const NAME_MAX = 100;
const NOTE_MAX = 2_000;

interface AcknowledgeFormProps {
  /** Ids of the incidents of one card. */
  readonly incidents: readonly string[];
  readonly isDisabled: boolean;
  readonly onClose: () => void;
}

/** Asks for a name and a note and acknowledges the incidents of a card; for a token where haprobe asks for one. */
export function AcknowledgeForm({ incidents, isDisabled, onClose }: AcknowledgeFormProps) {
  const client = useDashboardClient();
  const [name, setName] = useState(readOwnName);
  const [note, setNote] = useState("");
  const [token, setToken] = useState("");
  const [needsToken, setNeedsToken] = useState(false);
  const [error, setError] = useState("");
  const [isSending, setIsSending] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const noteField = useRef<HTMLInputElement>(null);
  const tokenField = useRef<HTMLInputElement>(null);

  // The first field without a value: the form opens by a key as well.
  useEffect(() => (readOwnName() === "" ? nameField : noteField).current?.focus(), []);
  useEffect(() => {
    if (needsToken) tokenField.current?.focus();
  }, [needsToken]);

  async function send(): Promise<void> {
    setIsSending(true);
    setError("");
    writeOwnName(name.trim());
    if (token !== "") client.setToken(token);
    const result = await client.acknowledge(incidents, { name: name.trim(), note: note.trim() });
    setIsSending(false);
    if (result.kind === "done") return onClose();
    setNeedsToken(result.kind === "needs-token");
    setError(result.detail);
  }

  const closeOnEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form className="acknowledge" aria-label="Acknowledge" onSubmit={submit}>
      <TextInput
        size="xs"
        label="Your name"
        required
        maxLength={NAME_MAX}
        ref={nameField}
        value={name}
        onKeyDown={closeOnEscape}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        className="acknowledge-note"
        label="Note"
        maxLength={NOTE_MAX}
        ref={noteField}
        value={note}
        onKeyDown={closeOnEscape}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {needsToken && (
        <TextInput
          size="xs"
          type="password"
          label="Token"
          required
          ref={tokenField}
          autoComplete="off"
          value={token}
          onKeyDown={closeOnEscape}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
      )}
      <button type="submit" className="button button-strong" disabled={isDisabled || isSending}>
        Acknowledge
      </button>
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      {error !== "" && (
        <p className="acknowledge-error" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
