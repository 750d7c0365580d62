import { type ReactNode, useCallback } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp, formatTimeOfDay } from "../lib/time-format.ts";
import type { FeedState } from "../lib/live-feed.ts";
import { formatElapsed, formatPlural } from "../lib/quantity-format.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { Glyph } from "./glyph.tsx";
import { UnpluggedIcon } from "./icons.tsx";
import { ElapsedTime } from "./elapsed-time.tsx";
import { LiveText } from "./live-text.tsx";
import "./banners.css";

const BANNERS_MAX = 2;

interface BannersProps {
  readonly state: FeedState;
  readonly instances: readonly InstanceStatus[];
  readonly servers: readonly ServerStatus[];
}

/** What keeps this page from knowing: disconnected, blind, a silent instance. At most two, worst first. */
export function Banners({ state, instances, servers }: BannersProps) {
  const banners: ReactNode[] = [];
  if (state.kind === "lost") banners.push(<DisconnectedBanner key="lost" state={state} />);
  if (state.kind === "outdated") banners.push(<OutdatedBanner key="outdated" />);
  const blind = servers.filter((server) => server.reason === "prober-blind");
  if (blind.length > 0) banners.push(<BlindBanner key="blind" servers={blind} />);
  for (const instance of instances.filter(isUnreachable)) {
    const count = servers.filter((server) => server.instance === instance.name).length;
    banners.push(<UnreachableBanner key={instance.name} instance={instance} servers={count} />);
  }
  if (banners.length === 0) return null;
  return (
    <div className="banners">
      {banners.slice(0, BANNERS_MAX)}
      {banners.length > BANNERS_MAX && <p className="banner-more">+{banners.length - BANNERS_MAX} more</p>}
    </div>
  );
}

function DisconnectedBanner({ state }: { state: Extract<FeedState, { kind: "lost" }> }) {
  const session = useDashboardClient();
  const length = useCallback(({ wall }: TickTime) => formatElapsed(wall - state.since), [state.since]);
  const again = useCallback(
    ({ wall }: TickTime) => `${Math.max(0, Math.ceil((state.retryAt - wall) / 1_000))} s`,
    [state.retryAt],
  );
  return (
    <div className="banner banner-lost" role="alert">
      <UnpluggedIcon />
      <p>
        <b>
          {state.fleet === null ? "No connection to haprobe" : "Disconnected from haprobe"} since{" "}
          <span className="num">{formatTimeOfDay(session.time().now)}</span> (<LiveText format={length} />
          ).
        </b>{" "}
        {state.fleet === null ? "Nothing is known yet" : "What you see is that old and may be wrong"} ({state.cause}).
        Trying again in <LiveText format={again} />.
      </p>
      <button type="button" className="button" onClick={() => session.feed.retryNow()}>
        Try now
      </button>
    </div>
  );
}

function OutdatedBanner() {
  return (
    <div className="banner banner-lost" role="alert">
      <UnpluggedIcon />
      <p>
        <b>haprobe was updated.</b> This page is of the version before and shows nothing new.
      </p>
      <button type="button" className="button" onClick={() => window.location.reload()}>
        Load again
      </button>
    </div>
  );
}

function BlindBanner({ servers }: { servers: readonly ServerStatus[] }) {
  const session = useDashboardClient();
  const since = Math.min(...servers.map((server) => Date.parse(server.since)));
  return (
    <div className="banner su">
      <Glyph name="unknown" />
      <p>
        <b className="ink">
          haprobe is blind since <span className="num">{formatTimestamp(since, session.time().now)}</span>.
        </b>{" "}
        {formatPlural(servers.length, "server")} became unreachable for us while HAProxy has them UP. The fault is most
        likely ours: route, firewall, DNS.
      </p>
    </div>
  );
}

function UnreachableBanner({ instance, servers }: { instance: InstanceStatus; servers: number }) {
  const session = useDashboardClient();
  const since = lastContactAt(instance);
  return (
    <div className="banner su">
      <Glyph name="settling" />
      <p>
        <b className="ink">
          {instance.name} does not answer
          {Number.isFinite(since) && (
            <>
              {" since "}
              <span className="num">{formatTimestamp(since, session.time().now)}</span> (<ElapsedTime since={since} />)
            </>
          )}
          .
        </b>{" "}
        {servers > 0 && `${formatPlural(servers, "server")} of it: nothing is shown as up. `}
        {instance.error && (
          <>
            Last words: <span className="mono">{instance.error.message}</span>
          </>
        )}
      </p>
    </div>
  );
}
