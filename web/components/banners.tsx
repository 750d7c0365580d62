import { type ReactNode, useCallback } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { moment, timeOfDay } from "../lib/clock-words.ts";
import type { LiveState } from "../lib/live-feed.ts";
import { duration, plural } from "../lib/quantity.ts";
import { isSilent, silentSince } from "../lib/quiet-headline.ts";
import type { TickTime } from "../lib/ticker.ts";
import { useSession } from "../state/session-context.ts";
import { Glyph } from "./glyph.tsx";
import { UnpluggedIcon } from "./icons.tsx";
import { Since } from "./since.tsx";
import { Tick } from "./tick.tsx";
import "./banners.css";

const SHOWN = 2;

interface BannersProps {
  readonly state: LiveState;
  readonly instances: readonly InstanceStatus[];
  readonly servers: readonly ServerStatus[];
}

/** What keeps this page from knowing: disconnected, blind, a silent instance. At most two, worst first. */
export function Banners({ state, instances, servers }: BannersProps) {
  const banners: ReactNode[] = [];
  if (state.kind === "lost") banners.push(<Lost key="lost" state={state} />);
  if (state.kind === "outdated") banners.push(<Outdated key="outdated" />);
  const blind = servers.filter((server) => server.reason === "prober-blind");
  if (blind.length > 0) banners.push(<Blind key="blind" servers={blind} />);
  for (const instance of instances.filter(isSilent)) {
    const count = servers.filter((server) => server.instance === instance.name).length;
    banners.push(<Silent key={instance.name} instance={instance} servers={count} />);
  }
  if (banners.length === 0) return null;
  return (
    <div className="banners">
      {banners.slice(0, SHOWN)}
      {banners.length > SHOWN && <p className="banner-more">+{banners.length - SHOWN} more</p>}
    </div>
  );
}

function Lost({ state }: { state: Extract<LiveState, { kind: "lost" }> }) {
  const session = useSession();
  const length = useCallback(({ wall }: TickTime) => duration(wall - state.since), [state.since]);
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
          <span className="num">{timeOfDay(session.time().now)}</span> (<Tick of={length} />
          ).
        </b>{" "}
        {state.fleet === null ? "Nothing is known yet" : "What you see is that old and may be wrong"} ({state.why}).
        Trying again in <Tick of={again} />.
      </p>
      <button type="button" className="button" onClick={() => session.feed.retryNow()}>
        Try now
      </button>
    </div>
  );
}

function Outdated() {
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

function Blind({ servers }: { servers: readonly ServerStatus[] }) {
  const session = useSession();
  const since = Math.min(...servers.map((server) => Date.parse(server.since)));
  return (
    <div className="banner su">
      <Glyph name="unknown" />
      <p>
        <b className="ink">
          haprobe is blind since <span className="num">{moment(since, session.time().now)}</span>.
        </b>{" "}
        {plural(servers.length, "server")} became unreachable for us while HAProxy has them UP. The fault is most likely
        ours: route, firewall, DNS.
      </p>
    </div>
  );
}

function Silent({ instance, servers }: { instance: InstanceStatus; servers: number }) {
  const session = useSession();
  const since = silentSince(instance);
  return (
    <div className="banner su">
      <Glyph name="settling" />
      <p>
        <b className="ink">
          {instance.name} does not answer
          {Number.isFinite(since) && (
            <>
              {" since "}
              <span className="num">{moment(since, session.time().now)}</span> (<Since at={since} />)
            </>
          )}
          .
        </b>{" "}
        {servers > 0 && `${plural(servers, "server")} of it: nothing is shown as up. `}
        {instance.error && (
          <>
            Last words: <span className="mono">{instance.error.message}</span>
          </>
        )}
      </p>
    </div>
  );
}
