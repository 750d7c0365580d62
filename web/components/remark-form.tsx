import { TextInput } from "@mantine/core";
import { type SubmitEvent, useRef, useState } from "react";
import type { Remark } from "../lib/feed-transport.ts";
import { readOwnName, writeOwnName } from "../lib/own-name.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useEscape } from "../state/use-escape.ts";
import { useFormFocus } from "../state/use-form-focus.ts";
import { useWrite } from "../state/use-write.ts";
import { WriteFields } from "./write-fields.tsx";
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

const DONE: Readonly<Record<RemarkKind, string>> = {
  acknowledge: "Acknowledged",
  expected: "Marked as expected",
  "not-expected": "Not expected any more",
  notes: "Note added",
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
  const write = useWrite();
  const form = useRef<HTMLFormElement>(null);
  useFormFocus(form, isInline);
  useEscape(form, onClose);

  async function send(): Promise<void> {
    writeOwnName(name.trim());
    const done = await write.send(() => client.remark(incidents, toRemark(kind, name.trim(), text.trim())));
    if (done === null) return;
    setText("");
    client.toasts.add({ title: DONE[kind] });
    onClose();
  }

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form ref={form} className="remark" aria-label={LABELS[kind]} onSubmit={submit}>
      <TextInput
        size="xs"
        label="Your name"
        required
        maxLength={NAME_MAX}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {kind !== "not-expected" && (
        <TextInput
          size="xs"
          className="remark-text"
          label={kind === "expected" ? "Why it is expected" : "Note"}
          required={kind === "expected" || kind === "notes"}
          maxLength={TEXT_MAX}
          value={text}
          // Another form of the page may have asked for the name meanwhile.
          onFocus={() => name === "" && setName(readOwnName())}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      <WriteFields write={write} />
      <button type="submit" className="button button-strong" disabled={isDisabled || write.isSending}>
        {LABELS[kind]}
      </button>
      {!isInline && (
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      )}
    </form>
  );
}

function toRemark(kind: RemarkKind, name: string, text: string): Remark {
  if (kind === "acknowledge" || kind === "notes") return { kind, name, note: text };
  return { kind: "expected", name, why: kind === "expected" ? text : null };
}
