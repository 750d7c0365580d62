import { TextInput } from "@mantine/core";
import { type KeyboardEvent, type SubmitEvent, useEffect, useRef, useState } from "react";
import type { Remark } from "../lib/live-feed.ts";
import { readOwnName, writeOwnName } from "../lib/own-name.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import "./remark-form.css";

const NAME_MAX = 100;
const TEXT_MAX = 2_000;

/** What the form is for. */
export type RemarkKind = "acknowledge" | "expected" | "not-expected" | "notes";

const LABELS: Readonly<Record<RemarkKind, string>> = {
  acknowledge: "Acknowledge",
  expected: "Mark as expected",
  "not-expected": "Not expected",
  notes: "Add note",
};

interface RemarkFormProps {
  readonly kind: RemarkKind;
  /** Ids of the incidents that it is about. */
  readonly incidents: readonly string[];
  readonly isDisabled: boolean;
  readonly onClose: () => void;
  /** It stays where it is: no Cancel, and it takes no focus. */
  readonly isInline?: boolean;
}

/** Asks for a name and a text and writes them to incidents; asks for a token where haprobe does. */
export function RemarkForm({ kind, incidents, isDisabled, onClose, isInline = false }: RemarkFormProps) {
  const client = useDashboardClient();
  const [name, setName] = useState(readOwnName);
  const [text, setText] = useState("");
  const [token, setToken] = useState("");
  const [needsToken, setNeedsToken] = useState(false);
  const [error, setError] = useState("");
  const [isSending, setIsSending] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const textField = useRef<HTMLInputElement>(null);
  const tokenField = useRef<HTMLInputElement>(null);

  // The first field without a value: the form opens by a key as well.
  useEffect(() => {
    if (!isInline) (readOwnName() === "" ? nameField : textField).current?.focus();
  }, [isInline]);
  useEffect(() => {
    if (needsToken) tokenField.current?.focus();
  }, [needsToken]);

  async function send(): Promise<void> {
    setIsSending(true);
    setError("");
    writeOwnName(name.trim());
    if (token !== "") client.setToken(token);
    const result = await client.remark(incidents, toRemark(kind, name.trim(), text.trim()));
    setIsSending(false);
    if (result.kind === "done") {
      setText("");
      setNeedsToken(false);
      return onClose();
    }
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
    <form className="remark" aria-label={LABELS[kind]} onSubmit={submit}>
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
      {kind !== "not-expected" && (
        <TextInput
          size="xs"
          className="remark-text"
          label={kind === "expected" ? "Why it is expected" : "Note"}
          required={kind === "expected" || kind === "notes"}
          maxLength={TEXT_MAX}
          ref={textField}
          value={text}
          onKeyDown={closeOnEscape}
          // Another form of the page may have asked for the name meanwhile.
          onFocus={() => name === "" && setName(readOwnName())}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
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
        {LABELS[kind]}
      </button>
      {!isInline && (
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      )}
      {error !== "" && (
        <p className="remark-error" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

function toRemark(kind: RemarkKind, name: string, text: string): Remark {
  if (kind === "acknowledge" || kind === "notes") return { kind, name, note: text };
  return { kind: "expected", name, why: kind === "expected" ? text : null };
}
