import { type ReactNode, useCallback } from "react";
import type { Finding } from "../../server/contract/finding.ts";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp, formatTimeOfDay } from "../lib/time-format.ts";
import { unreachedByBlindProber } from "../lib/blindness.ts";
import type { FeedState } from "../lib/feed-state.ts";
import { POLL_EVERY_MS } from "../lib/live-feed.ts";
import { formatElapsed, formatPlural } from "../lib/quantity-format.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { UnpluggedIcon } from "./icons.tsx";
import { PageLink } from "./page-link.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { LiveText } from "./live-text.tsx";
import "./banners.css";

const BANNERS_MAX = 2;

interface BannersProps {
  readonly state: FeedState;
  readonly instances: readonly InstanceStatus[];
  readonly servers: readonly ServerStatus[];
  /** Findings about haprobe's own configuration and history. */
  readonly ownFindings?: readonly Finding[];
}

const NO_FINDINGS: readonly Finding[] = [];

/** Why the page does not know everything: disconnected, prober blind, instance unreachable, haprobe itself. At most two, worst first. */
export function Banners({ state, instances, servers, ownFindings = NO_FINDINGS }: BannersProps) {
  const banners: ReactNode[] = [];
  if (state.kind === "disconnected") banners.push(<DisconnectedBanner key="disconnected" state={state} />);
  if (state.kind === "live" && state.streamError !== null) {
    banners.push(<PollingBanner key="polling" cause={state.streamError} />);
  }
  if (state.kind === "outdated") banners.push(<OutdatedBanner key="outdated" />);
  const blind = unreachedByBlindProber(servers);
  if (blind.length > 0) banners.push(<BlindBanner key="blind" servers={blind} />);
  for (const instance of instances.filter(isUnreachable)) {
    const count = servers.filter((server) => server.instance === instance.name).length;
    banners.push(<UnreachableBanner key={instance.name} instance={instance} servers={count} />);
  }
  banners.push(...ownFindings.map((finding) => <FindingBanner key={finding.id} finding={finding} />));
  if (banners.length === 0) return null;
  return (
    <div className="banners">
      {banners.slice(0, BANNERS_MAX)}
      {banners.length > BANNERS_MAX && <p className="banner-more">+{banners.length - BANNERS_MAX} more</p>}
    </div>
  );
}

function DisconnectedBanner({ state }: { state: Extract<FeedState, { kind: "disconnected" }> }) {
  const client = useDashboardClient();
  const elapsed = useCallback(({ wall }: TickTime) => formatElapsed(wall - state.since), [state.since]);
  const retryIn = useCallback(
    ({ wall }: TickTime) => `${Math.max(0, Math.ceil((state.retryAt - wall) / 1_000))} s`,
    [state.retryAt],
  );
  return (
    <div className="banner banner-disconnected" role="alert">
      <UnpluggedIcon />
      <p>
        <b>
          {state.fleet === null ? "No connection to haprobe" : "Disconnected from haprobe"} since{" "}
          <span className="num">{formatTimeOfDay(client.time().now)}</span> (<LiveText format={elapsed} />
          ).
        </b>{" "}
        {state.fleet === null ? "No data yet" : "Data may be outdated"} ({state.cause}). Retrying in{" "}
        <LiveText format={retryIn} />.
      </p>
      <button type="button" className="button" onClick={() => client.feed.retryNow()}>
        Retry now
      </button>
    </div>
  );
}

function PollingBanner({ cause }: { cause: string }) {
  return (
    <div className="banner verdict-suspected" role="status">
      <UnpluggedIcon />
      <p>
        <b className="verdict-text">No live updates ({cause}).</b> This page reads the list of servers every{" "}
        {POLL_EVERY_MS / 1_000} s instead. Behind a reverse proxy, let it forward WebSockets, and set{" "}
        <span className="mono">public-url</span> or <span className="mono">allowed-hosts</span> in haprobe's
        configuration.
      </p>
    </div>
  );
}

function OutdatedBanner() {
  return (
    <div className="banner banner-disconnected" role="alert">
      <UnpluggedIcon />
      <p>
        <b>haprobe was updated.</b> This page is of an older version and receives no updates.
      </p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        Reload
      </button>
    </div>
  );
}

function BlindBanner({ servers }: { servers: readonly ServerStatus[] }) {
  const client = useDashboardClient();
  const since = Math.min(...servers.map((server) => Date.parse(server.since)));
  return (
    <div className="banner verdict-suspected">
      <Glyph name="unknown" />
      <p>
        <b className="verdict-text">
          haprobe cannot reach its targets since{" "}
          <span className="num">{formatTimestamp(since, client.time().now)}</span>.
        </b>{" "}
        {formatPlural(servers.length, "server")} became unreachable for haprobe while HAProxy has them UP. The likely
        cause is on haprobe's side: route, firewall, DNS. No alert is sent for them.
      </p>
      <PageLink to={{ page: "servers", key: null }} parameters={{ verdict: "unknown" }} className="button">
        Details
      </PageLink>
    </div>
  );
}

function UnreachableBanner({ instance, servers }: { instance: InstanceStatus; servers: number }) {
  const client = useDashboardClient();
  const since = lastContactAt(instance);
  return (
    <div className="banner verdict-suspected">
      <Glyph name="settling" />
      <p>
        <b className="verdict-text">
          {instance.name} does not respond
          {Number.isFinite(since) && (
            <>
              {" since "}
              <span className="num">{formatTimestamp(since, client.time().now)}</span> (<ElapsedTime since={since} />)
            </>
          )}
          .
        </b>{" "}
        {servers > 0 && `${formatPlural(servers, "server")} unknown. `}
        {instance.error && (
          <>
            Last error: <span className="mono">{instance.error.message}</span>
          </>
        )}
      </p>
      <PageLink to={{ page: "settings" }} className="button">
        Details
      </PageLink>
    </div>
  );
}

/** A finding about haprobe itself: a broken configuration, history that is not written. */
function FindingBanner({ finding: { code, sentence, advice, since } }: { finding: Finding }) {
  const client = useDashboardClient();
  return (
    <div className="banner banner-finding" role="status">
      <Glyph name="unknown" />
      <p>
        <b>{sentence}</b>, since <span className="num">{formatTimestamp(Date.parse(since), client.time().now)}</span>.{" "}
        {advice}
      </p>
      <PageLink to={{ page: "findings" }} parameters={{ code }} className="button">
        Details
      </PageLink>
    </div>
  );
}
