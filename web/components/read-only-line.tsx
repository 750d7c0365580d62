import { useResource } from "../state/use-resource.ts";

const REFRESH_MS = 300_000;

interface Status {
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Says that the listener is open to other machines and serves reading only; nothing where it is not. It cannot be closed. */
export function ReadOnlyLine() {
  const [status] = useResource<Status>("api/v1/status", REFRESH_MS);
  if (status.kind !== "ready" || status.value.settings["readOnly"] !== true) return null;
  return (
    <p className="banner-more" role="note">
      Open to other machines without protection (<span className="mono">listen-insecurely</span>): everyone who reaches
      this page reads it, and haprobe refuses every write.
    </p>
  );
}
