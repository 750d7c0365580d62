import { TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { ConfigStatus } from "../../server/contract/config-status.ts";
import type { InstanceStatus } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { LiveText } from "../components/live-text.tsx";
import { DesktopNotificationSetting } from "../components/notification-setting.tsx";
import { PresentNote } from "../components/present-note.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import type { SessionStatus } from "../lib/session.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import { formatAge, formatElapsed, formatList, formatMilliseconds, formatThousands } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { skewText, spoolText } from "../lib/vantage-text.ts";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useSession } from "../state/use-session.ts";
import { useResource } from "../state/use-resource.ts";
import { useVantages } from "../state/use-vantages.ts";
import "./settings.css";

const REFRESH_MS = 5_000;
/** Above this a clock is a finding. */
const SKEW_MAX_MS = 2_000;

/** The configuration in force, the instances, and who is signed in. */
export default function Settings({ instances }: { instances: readonly InstanceStatus[] }) {
  return (
    <div className="content">
      <h1 className="visually-hidden">Settings</h1>
      <PresentNote />
      <Instances instances={instances} />
      <Vantages />
      <div className="settings-columns">
        <Configuration />
        <div className="settings-side">
          <SignedIn />
          <section className="block panel" aria-label="This browser">
            <h2 className="panel-title">This browser</h2>
            <DesktopNotificationSetting />
          </section>
          <Process />
        </div>
      </div>
    </div>
  );
}

function Instances({ instances }: { instances: readonly InstanceStatus[] }) {
  return (
    <section className="block panel" aria-label="HAProxies">
      <h2 className="panel-title">HAProxies</h2>
      {instances.length === 0 && <p className="muted">None is configured.</p>}
      <ul className="instances">
        {instances.map((instance) => (
          <InstanceLine key={instance.name} instance={instance} />
        ))}
      </ul>
    </section>
  );
}

function InstanceLine({ instance }: { instance: InstanceStatus }) {
  const now = useDashboardClient().time().now;
  const { name, site, stats, state, version, pid, startedAt, servers, pollDurationMs, everyMs, error } = instance;
  const { reportedBy } = instance;
  const at = lastContactAt(instance);
  const isSilent = isUnreachable(instance);
  return (
    <li>
      <div>
        <b>{name}</b> {site !== "default" && <span className="muted">{site} </span>}
        <span className={isSilent ? "tag verdict-suspected verdict-text" : "tag"}>{state}</span>
      </div>
      <span className="mono instance-stats">{stats}</span>
      <span className="num">
        {version === null ? "version not known" : `HAProxy ${version}`}
        {pid !== null && <span className="muted">, pid {pid}</span>}
        {startedAt !== null && <span className="muted">, since {formatTimestamp(Date.parse(startedAt), now)}</span>}
      </span>
      <span className="num">{formatThousands(servers)} servers</span>
      <span className="num">
        <Age at={at} /> <span className="muted">old, polled every {formatElapsedOrMs(everyMs)}</span>
        {pollDurationMs !== null && (
          <span className="muted">, took {formatMilliseconds(Math.round(pollDurationMs * 10) / 10)}</span>
        )}
        {reportedBy !== undefined && <span className="muted">, by {reportedBy}</span>}
      </span>
      {error !== null && (
        <p className="instance-error">
          Last error, {formatTimestamp(Date.parse(error.at), now)}: <span className="mono">{error.message}</span>{" "}
          <span className="muted">({error.code})</span>
        </p>
      )}
    </li>
  );
}

/** The vantages that report to this hub; nothing where haprobe is alone. */
function Vantages() {
  const vantages = useVantages();
  if (vantages.length === 0) return null;
  return (
    <section className="block panel" aria-label="Vantages">
      <h2 className="panel-title">Vantages that report here</h2>
      <ul className="instances vantages">
        {vantages.map((vantage) => (
          <VantageItem key={`${vantage.site} ${vantage.vantage}`} report={vantage} />
        ))}
      </ul>
    </section>
  );
}

function VantageItem({ report }: { report: VantageReport }) {
  const now = useDashboardClient().time().now;
  const { site, vantage, own, state, version, heardAt, skewMs, seq, instances } = report;
  const skew = skewText(skewMs);
  const isSkewed = Math.abs(skewMs) > SKEW_MAX_MS;
  return (
    <li>
      <div>
        <b>{vantage}</b> {site !== "default" && <span className="muted">{site} </span>}
        <span className={state === "ok" ? "tag" : "tag verdict-suspected verdict-text"}>{state}</span>
        {own && <span className="tag">this hub</span>}
      </div>
      <span>{instances.length === 0 ? <span className="muted">no HAProxy</span> : formatList(instances, 3)}</span>
      <span className="num">
        heard{" "}
        {state === "silent" ? (
          formatTimestamp(Date.parse(heardAt), now)
        ) : (
          <>
            <Age at={Date.parse(heardAt)} /> ago
          </>
        )}
        {version !== null && <span className="muted">, haprobe {version}</span>}
      </span>
      <span className="num">event {formatThousands(seq)}</span>
      <span className="num">
        {spoolText(report)}
        {skew !== "" && <span className={isSkewed ? "verdict-suspected verdict-text" : "muted"}>, clock {skew}</span>}
      </span>
    </li>
  );
}

function Age({ at }: { at: number }) {
  return <LiveText format={({ now }: TickTime) => (Number.isFinite(at) ? formatAge(now - at) : "never")} />;
}

function formatElapsedOrMs(ms: number): string {
  return ms < 60_000 ? formatMilliseconds(ms).replace(/\.00 s$/, " s") : formatElapsed(ms);
}

function Configuration() {
  const client = useDashboardClient();
  const [config, retry] = useResource<ConfigStatus>("api/v1/config", REFRESH_MS);
  const now = client.time().now;
  return (
    <section className="block panel" aria-label="Configuration">
      <ResourceView resource={config} name="The configuration" onRetry={retry}>
        {({ text, loadedAt, needsRestart, refused }) => (
          <>
            <div className="panel-head">
              <h2 className="panel-title">
                Configuration in force{" "}
                <span className="muted num">
                  loaded {formatTimestamp(Date.parse(loadedAt), now)}, as haprobe config print shows it, without secrets
                </span>
              </h2>
              <CopyButton text={text} label="the configuration" />
            </div>
            {refused !== null && (
              <div className="config-refused" role="alert">
                <p>
                  <b>
                    A newer configuration was refused{" "}
                    <span className="num">{formatTimestamp(Date.parse(refused.at), now)}</span>.
                  </b>{" "}
                  The one below stays in force.
                </p>
                <ul className="mono">
                  {refused.errors.map((error, i) => (
                    <li key={`${i}-${error}`}>{error}</li>
                  ))}
                </ul>
              </div>
            )}
            {needsRestart.length > 0 && (
              <p className="config-restart">
                <b>Takes effect at a restart:</b> {needsRestart.join(", ")}
              </p>
            )}
            <pre className="evidence config mono">{text}</pre>
          </>
        )}
      </ResourceView>
    </section>
  );
}

/** Whose token this page uses, and a field for another one. */
function SignedIn() {
  const client = useDashboardClient();
  const [token, setToken] = useState("");
  const [session, retry] = useResource<SessionStatus>("api/v1/session", REFRESH_MS);
  const signIn = (event: SubmitEvent): void => {
    event.preventDefault();
    client.setToken(token.trim());
    setToken("");
    retry();
  };
  return (
    <section className="block panel" aria-label="Signed in">
      <h2 className="panel-title">Signed in</h2>
      <ResourceView resource={session} name="Who is signed in" onRetry={retry}>
        {({ tokensRequired, name, role, via, canWrite, detail, signIn: ways, ...rights }) => (
          <>
            <p>
              {name === null ? (
                <b>{tokensRequired ? "Not signed in." : "No sign-in is needed."}</b>
              ) : (
                <>
                  <b>{name}</b> {role !== null && <span className="tag">{role}</span>}
                </>
              )}{" "}
              {!canWrite && detail}
            </p>
            <SenderRights via={via} canWrite={canWrite} {...rights} />
            {tokensRequired && client.hasToken && name === null && <p>The token of this page is not known.</p>}
            <SessionButtons isSignedIn={via === "session"} canSignIn={via === "none" && ways.length > 0} />
            {tokensRequired && via !== "session" && (
              <form className="write-button sign-in" aria-label="Use a token" onSubmit={signIn}>
                <TextInput
                  size="xs"
                  type="password"
                  label="Token"
                  required
                  autoComplete="off"
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                />
                <button type="submit" className="button">
                  Use it
                </button>
              </form>
            )}
            {tokensRequired && via !== "session" && <p className="muted">A token is kept until the page is closed.</p>}
          </>
        )}
      </ResourceView>
    </section>
  );
}

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
function SenderRights({ via, scopes, instances, teams, canWrite, expiresAt }: SenderRightsProps) {
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

/** Signs out, or shows the sign-in where reading needs none. */
function SessionButtons({ isSignedIn, canSignIn }: { isSignedIn: boolean; canSignIn: boolean }) {
  const { session } = useSession();
  const [error, setError] = useState("");
  if (session === null || (!isSignedIn && !canSignIn)) return null;
  return (
    <p>
      {isSignedIn ? (
        <button type="button" className="button" onClick={() => void session.signOut().then(setError)}>
          Sign out
        </button>
      ) : (
        <button type="button" className="button" onClick={() => session.askSignIn()}>
          Sign in
        </button>
      )}
      {error !== "" && <span role="alert"> {error}</span>}
    </p>
  );
}

interface StatusAnswer {
  readonly haprobe: string;
  readonly node: string;
  readonly vantage: string;
  readonly startedAt: string;
  readonly ready: boolean;
  readonly notReady: readonly string[];
  readonly remarks: readonly string[];
}

function Process() {
  const client = useDashboardClient();
  const [status, retry] = useResource<StatusAnswer>("api/v1/status", REFRESH_MS);
  return (
    <section className="block panel" aria-label="haprobe">
      <h2 className="panel-title">haprobe</h2>
      <ResourceView resource={status} name="The status" onRetry={retry}>
        {({ haprobe, node, vantage, startedAt, ready, notReady, remarks }) => (
          <>
            <dl className="process">
              <div>
                <dt>Version</dt>
                <dd className="num">
                  {haprobe}, Node.js {node}
                </dd>
              </div>
              <div>
                <dt>Probes from</dt>
                <dd>{vantage}</dd>
              </div>
              <div>
                <dt>Runs since</dt>
                <dd className="num">{formatTimestamp(Date.parse(startedAt), client.time().now)}</dd>
              </div>
              <div>
                <dt>Ready</dt>
                <dd>{ready ? "yes" : "no"}</dd>
              </div>
            </dl>
            <ul className="process-remarks">
              {[...notReady, ...remarks].map((remark) => (
                <li key={remark}>{remark}</li>
              ))}
            </ul>
          </>
        )}
      </ResourceView>
    </section>
  );
}
