import { type ReactNode, useEffect, useRef } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { splitServerKey } from "../../server/contract/server-key.ts";
import { displayVerdictOf, verdictClass } from "../lib/display-verdict.ts";
import { formatMilliseconds } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { hrefOf } from "../lib/navigation.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { ruleText, useServerSources } from "../state/use-server-sources.ts";
import { useCurrentServer } from "../state/use-current-server.ts";
import { useIsPhone } from "../state/use-is-phone.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useVantages } from "../state/use-vantages.ts";
import { DrawerHead } from "./drawer-head.tsx";
import { BackIcon, CloseIcon, OpenIcon } from "./icons.tsx";
import { Name } from "./name.tsx";
import { ProbeTiming } from "./probe-timing.tsx";
import { ResponseBody } from "./response-body.tsx";
import { PermanentFix, ServerCommands } from "./server-commands.tsx";
import { HaproxyFacts, ProbeFacts } from "./server-facts.tsx";
import { StatsColumns } from "./stats-columns.tsx";
import { ServerRecords } from "./server-records.tsx";
import { ServerVantages, withHeardTimes } from "./server-vantages.tsx";
import "./facts.css";
import "./server-drawer.css";

interface ServerDrawerProps {
  readonly serverKey: string;
  readonly view: FleetView;
  readonly onClose: () => void;
}

/** All that is known of one server, beside the table; below 1024 px over the whole page. */
export default function ServerDrawer({ serverKey, view, onClose }: ServerDrawerProps) {
  const server = view.fleet.servers.get(serverKey);
  const names = splitServerKey(serverKey);
  const isPhone = useIsPhone();
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    if (drawer.current === null) return;
    drawer.current.scrollTop = 0;
    drawer.current.focus({ preventScroll: true });
    // Another server begins at its head.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [serverKey]);
  const path = (
    <>
      <span className="drawer-path muted">
        <Name text={names?.instance ?? ""} /> / <Name text={names?.backend ?? ""} /> /{" "}
        <b>
          <Name text={names?.server ?? serverKey} />
        </b>
      </span>
      {server?.address !== undefined && <span className="drawer-address mono">{server.address}</span>}
      <span className="drawer-buttons">
        <a
          className="icon-button"
          href={hrefOf({ page: "servers", key: serverKey })}
          target="_blank"
          rel="noreferrer"
          aria-label="Open in a new tab"
        >
          <OpenIcon />
        </a>
        {isPhone ? (
          <button type="button" className="text-button drawer-back" onClick={onClose}>
            <BackIcon /> Servers
          </button>
        ) : (
          <button type="button" className="icon-button" onClick={onClose} aria-label="Close" aria-keyshortcuts="Escape">
            <CloseIcon />
            <span className="key top-key">Esc</span>
          </button>
        )}
      </span>
    </>
  );
  return (
    <aside
      className={`drawer ${server === undefined ? "" : verdictClass(displayVerdictOf(server))}`}
      aria-label={`Server ${serverKey}`}
      tabIndex={-1}
      ref={drawer}
    >
      {server === undefined ? (
        <GoneServer serverKey={serverKey}>{path}</GoneServer>
      ) : (
        <PresentServer
          key={serverKey}
          server={server}
          instance={view.fleet.instances.get(server.instance)}
          isDisconnected={view.isReadOnly}
          isPast={view.moment !== null}
        >
          {path}
        </PresentServer>
      )}
    </aside>
  );
}

interface PresentServerProps {
  readonly server: ServerStatus;
  readonly instance: InstanceStatus | undefined;
  readonly isDisconnected: boolean;
  readonly isPast: boolean;
  readonly children: ReactNode;
}

function PresentServer({ server: streamed, instance, isDisconnected, isPast, children }: PresentServerProps) {
  const vantages = useVantages(streamed.probes.length > 0 && !isPast);
  const current = useCurrentServer(streamed, isPast);
  const server = isPast ? current : withHeardTimes(current, vantages);
  const now = useDashboardClient().time().now;
  // What another vantage polls, it alone has the row and the rule of.
  const sources = useServerSources(server.key, isPast || instance?.reportedBy !== undefined);
  const { probe } = server;
  return (
    <>
      <DrawerHead server={server} isDisconnected={isDisconnected} isPast={isPast}>
        {children}
      </DrawerHead>
      <ServerRecords serverKey={server.key} server={server}>
        <div className="drawer-section drawer-columns">
          <HaproxyFacts server={server} instance={instance} now={now} isPast={isPast}>
            {sources.kind === "ready" && <StatsColumns title="HAProxy's whole row" row={sources.value.row} />}
          </HaproxyFacts>
          <ProbeFacts server={server} now={now} rule={ruleText(sources)}>
            {sources.kind === "ready" && sources.value.response !== null && (
              <StatsColumns
                title={`Headers of the response at ${formatTimestamp(Date.parse(sources.value.response.at), now)}`}
                row={sources.value.response.headers}
                isLong
              />
            )}
          </ProbeFacts>
        </div>
        <ServerVantages server={server} vantages={vantages} now={now} isPast={isPast} />
        {(probe.phasesMs !== null || probe.body !== "") && (
          <div className="drawer-section drawer-columns">
            {probe.phasesMs && (
              <section aria-label="Timing">
                <h3 className="detail-title">
                  Timing{probe.durationMs !== null && `, ${formatMilliseconds(probe.durationMs)}`}
                </h3>
                <ProbeTiming phases={probe.phasesMs} isFailure={probe.outcome === "failed"} stage={probe.stage} />
              </section>
            )}
            {probe.body !== "" && (
              <section aria-label="Response body">
                <h3 className="detail-title">
                  Body <span className="detail-age">at most its first 4 KiB</span>
                </h3>
                <ResponseBody text={probe.body} />
              </section>
            )}
          </div>
        )}
        {!isPast && (
          <ServerCommands
            server={server}
            instance={instance}
            curl={sources.kind === "ready" ? sources.value.curl : null}
          />
        )}
        {!isPast && <PermanentFix server={server} />}
      </ServerRecords>
    </>
  );
}

/** A server that HAProxy does not have now: what was recorded of it. */
function GoneServer({ serverKey, children }: { serverKey: string; children: ReactNode }) {
  return (
    <>
      <header className="drawer-head">
        <div className="drawer-identity">{children}</div>
        <h2 className="drawer-sentence">HAProxy has no such server now</h2>
        <p className="detail-facts">Below is what was recorded of it.</p>
      </header>
      <ServerRecords serverKey={serverKey} server={null} />
    </>
  );
}
