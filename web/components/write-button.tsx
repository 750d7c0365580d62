import type { SubmitEvent } from "react";
import type { WriteResult } from "../lib/rest-client.ts";
import { useIsLive } from "../state/dashboard-client-context.ts";
import { useWrite } from "../state/use-write.ts";
import { WriteFields } from "./write-fields.tsx";
import "./remark-form.css";

interface WriteButtonProps {
  readonly label: string;
  readonly request: () => Promise<WriteResult>;
  /** Called with what haprobe answered. */
  readonly onDone: (body: unknown) => void;
}

/** A button that writes; asks for a token where haprobe does, and shows why it was refused. */
export function WriteButton({ label, request, onDone }: WriteButtonProps) {
  const isLive = useIsLive();
  const write = useWrite();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void write.send(request).then((done) => done !== null && onDone(done.body));
  };
  return (
    <form className="write-button" aria-label={label} onSubmit={submit}>
      <WriteFields write={write} />
      <button type="submit" className="button" disabled={!isLive || write.isSending}>
        {label}
      </button>
    </form>
  );
}
