import { formatList } from "../lib/quantity-format.ts";
import type { SessionStatus } from "../lib/session.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

const VIA_TEXTS: Readonly<Record<SessionStatus["via"], string>> = {
  none: "nothing: this listener asks for no proof",
  token: "the token of this page",
  session: "a session of this browser",
  proxy: "the proxy in front of haprobe",
  certificate: "a client certificate",
};

const SCOPE_TEXTS: Readonly<Record<SessionStatus["scopes"][number], string>> = {
  metrics: "read the metrics",
  read: "read",
  stream: "follow the stream",
  write: "acknowledge, note, silence and resend",
  admin: "reload the configuration and read the audit log",
  ingest: "send events of a vantage",
};

type SenderRightsProps = Pick<SessionStatus, "via" | "scopes" | "instances" | "teams" | "canWrite" | "expiresAt">;

/** How the name was proved, what it may do, and which instances it sees and acts on. */
export function SenderRights({ via, scopes, instances, teams, canWrite, expiresAt }: SenderRightsProps) {
  const now = useDashboardClient().time().now;
  const may = scopes.filter((scope) => canWrite || scope !== "write").map((scope) => SCOPE_TEXTS[scope]);
  const named = instances === null ? "every instance" : `instances ${instances.join(", ") || "none"}`;
  const owned = teams === null ? "" : ` of team ${teams.join(" or ") || "none"}`;
  return (
    <dl className="process">
      <div>
        <dt>Proved by</dt>
        <dd>{via === "none" && scopes.length === 0 ? "nothing yet" : VIA_TEXTS[via]}</dd>
      </div>
      <div>
        <dt>May</dt>
        <dd>{may.length === 0 ? "nothing" : formatList(may, may.length)}</dd>
      </div>
      <div>
        <dt>On</dt>
        <dd>{named + owned}</dd>
      </div>
      {expiresAt !== null && (
        <div>
          <dt>Until</dt>
          <dd className="num">{formatTimestamp(Date.parse(expiresAt), now)}</dd>
        </div>
      )}
    </dl>
  );
}
