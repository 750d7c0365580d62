import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { BackendCells } from "../components/backend-cells.tsx";
import { Banners } from "../components/banners.tsx";
import { ElapsedTime } from "../components/elapsed-time.tsx";
import { FittingLine } from "../components/fitting-line.tsx";
import { Glyph } from "../components/glyph.tsx";
import { HeaderBand } from "../components/header-band.tsx";
import { Name } from "../components/name.tsx";
import { LiveRegion } from "../components/live-region.tsx";
import { LiveText } from "../components/live-text.tsx";
import { NoMomentBanner, PastBanner, PastPlaceholder } from "../components/past-banner.tsx";
import { ReadOnlyLine } from "../components/read-only-line.tsx";
import { SvgStrip } from "../components/svg-strip.tsx";
import { type BackendGroup, countByVerdict, groupByBackend, healthyText } from "../lib/backend-group.ts";
import { DISPLAY_VERDICTS, glyphOf, VERDICT_LABELS } from "../lib/display-verdict.ts";
import { mergeRuns, pageAt } from "../lib/kiosk.ts";
import type { FeedState } from "../lib/feed-state.ts";
import { groupByFault, groupName, type MismatchGroup } from "../lib/mismatch-group.ts";
import { stripSummary } from "../lib/strip-summary.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import { formatAge, formatThousands } from "../lib/quantity-format.ts";
import { checkText, probeSideText } from "../lib/server-text.ts";
import { shortenNames } from "../lib/short-names.ts";
import { latestProbeAt } from "../lib/staleness.ts";
import { parseStripRange } from "../lib/strip-range.ts";
import type { TickTime } from "../lib/ticker.ts";
import { formatTimeOfDay, zoneName } from "../lib/time-format.ts";
import { useDashboardClient, usePast } from "../state/dashboard-client-context.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useIsIdle, useReloadOnUpdate, useTick } from "../state/use-kiosk.ts";
import { useMomentShortcuts } from "../state/use-moment-shortcuts.ts";
import { useOwnFindings } from "../state/use-page-counts.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import "./kiosk.css";

const LINES = 5;
const FOOT_AGES = 6;
const HOUR = parseStripRange("1h");
/** A strip moves by a pixel every nine seconds; a page turns every twelve. */
const TICK_MS = 3_000;
const SHIFT_MS = 600_000;
const SHIFTS = 4;
/** Strips of larger backends would cost too many requests: they show what this page has seen. */
const RECORDED_MEMBERS_MAX = 16;

interface KioskProps {
  readonly state: FeedState;
  /** What is shown; null while a past moment is not there. */
  readonly view: FleetView | null;
  /** For title and announcements. */
  readonly present: FleetView;
}

/** The wall screen, of the present or of a past moment. */
export default function Kiosk({ state, view, present }: KioskProps) {
  const { mismatches, isDisconnected, isKnown, fleet } = present;
  const { instances, servers } = view ?? present;
  const client = useDashboardClient();
  const past = usePast();
  const ownFindings = useOwnFindings();
  const now = useTick(TICK_MS);
  const isIdle = useIsIdle();
  useReloadOnUpdate(state);
  useMomentShortcuts();
  usePageBadge(mismatches, isDisconnected ? "disconnected" : isKnown ? "known" : "unknown");
  useEffect(() => client.recorded.setRange(HOUR), [client]);
  const classes = ["kiosk", "page", `kiosk-shift-${Math.floor(now / SHIFT_MS) % SHIFTS}`];
  if (isDisconnected) classes.push("page-disconnected");
  if (isIdle) classes.push("kiosk-idle");
  return (
    <div className={classes.join(" ")}>
      <Banners state={state} instances={instances} servers={servers} ownFindings={past === null ? ownFindings : []} />
      <ReadOnlyLine />
      {past === null ? <NoMomentBanner /> : <PastBanner past={past} />}
      <LiveRegion mismatches={mismatches} fleet={fleet} />
      <main className="kiosk-main">
        {view === null ? <PastPlaceholder past={past} /> : <KioskContent view={view} now={now} />}
      </main>
    </div>
  );
}

/** Band, counters, a line for each mismatch, and all backends, which alone turn pages. */
function KioskContent({ view, now }: { view: FleetView; now: number }) {
  const { servers, instances, mismatches, ongoing, unconfirmed, headline, isDisconnected, moment } = view;
  const client = useDashboardClient();
  const counts = countByVerdict(servers);
  const shortNames = shortenNames(instances.map(({ name }) => name));
  const groups = useMemo(() => groupByBackend(servers, ongoing), [servers, ongoing]);
  const backends = useRef<HTMLDivElement>(null);
  const perPage = 2 * useRowsThatFit(backends);
  const { items, page, pages } = pageAt(groups, perPage, client.time().wall);
  const lines = [
    ...mismatches.map((mismatch) => <MismatchLine key={mismatch.id} mismatch={mismatch} now={now} />),
    ...groupByFault(unconfirmed).map((members) => (
      <UnconfirmedLine key={members[0]?.key} members={members} spansSites={view.fleet.sites.length > 1} now={now} />
    )),
  ];
  return (
    <>
      <HeaderBand headline={headline} isDisconnected={isDisconnected} />
      <ul className="kiosk-counters" aria-label="Servers by verdict">
        {DISPLAY_VERDICTS.map((verdict) => (
          <li
            key={verdict}
            className={`verdict-${verdict} kiosk-counter${counts.total[verdict] > 0 ? "" : " kiosk-zero"}`}
          >
            <span className="kiosk-number num">
              <Glyph name={verdict} size={28} />
              {formatThousands(counts.total[verdict])}
            </span>
            <span className="kiosk-label">{VERDICT_LABELS[verdict].label}</span>
          </li>
        ))}
      </ul>
      {lines.length > 0 && (
        <ul className="kiosk-lines" aria-label="Mismatches">
          {lines.slice(0, LINES)}
        </ul>
      )}
      {lines.length > LINES && <p className="kiosk-more num">+{lines.length - LINES} more</p>}
      <div className="kiosk-backends" ref={backends}>
        {items.map((group) => (
          <BackendLine key={group.id} group={group} view={view} now={now} />
        ))}
      </div>
      <footer className="kiosk-foot num">
        {moment === null && (
          <FittingLine total={instances.length}>
            {[...instances.filter(isUnreachable), ...instances.filter((each) => !isUnreachable(each))]
              .slice(0, FOOT_AGES)
              .map((instance) => (
                <span
                  key={instance.name}
                  className={
                    isUnreachable(instance) ? "verdict-suspected verdict-text kiosk-foot-age" : "kiosk-foot-age"
                  }
                >
                  <Name text={shortNames.get(instance.name) ?? instance.name} className="kiosk-foot-name" />{" "}
                  <Age at={lastContactAt(instance)} />
                </span>
              ))}
          </FittingLine>
        )}
        {moment === null && (
          <span className="kiosk-foot-age">
            probes <Age at={latestProbeAt(servers) ?? Number.NaN} />
          </span>
        )}
        <span className="kiosk-foot-right">
          <span>
            {formatThousands(view.fleet.summary.canBeFalselyUp)} of {formatThousands(servers.length)} servers can be
            falsely UP
          </span>
          <span>
            page {page} of {pages}
          </span>
          <b className="kiosk-clock">
            <LiveText format={formatClock} />
          </b>
          <span>{zoneName(now)}</span>
        </span>
      </footer>
    </>
  );
}

const formatClock = ({ now }: TickTime): string => formatTimeOfDay(now);

function Age({ at }: { at: number }) {
  return <LiveText format={({ now }: TickTime) => (Number.isFinite(at) ? formatAge(now - at) : "no answer yet")} />;
}

function MismatchLine({ mismatch, now }: { mismatch: MismatchGroup; now: number }) {
  const { first, members, verdict, since, hasNoVerdict, isHealing } = mismatch;
  return (
    <li className={`kiosk-line verdict-${hasNoVerdict ? "unknown" : isHealing ? "suspected" : verdict}`}>
      <Glyph name={verdict} size={28} />
      <b>
        <Name text={groupName(mismatch)} />
      </b>
      <BothSides server={first} place={placeOf(members, first)} isOld={hasNoVerdict || isHealing} />
      <ServerStrip serverKey={first.key} now={now} />
      {hasNoVerdict ? (
        <span className="kiosk-duration">no verdict</span>
      ) : isHealing ? (
        <span className="kiosk-duration">confirming</span>
      ) : (
        <ElapsedTime since={since} className="kiosk-duration" />
      )}
    </li>
  );
}

interface UnconfirmedLineProps {
  /** The servers of one fault. */
  readonly members: readonly ServerStatus[];
  readonly spansSites: boolean;
  readonly now: number;
}

function UnconfirmedLine({ members, spansSites, now }: UnconfirmedLineProps) {
  const [server] = members;
  if (server === undefined) return null;
  return (
    <li className="kiosk-line verdict-suspected">
      <Glyph name={glyphOf(server)} size={28} />
      <b>
        <Name text={groupName({ members, spansSites })} />
      </b>
      <BothSides server={server} place={placeOf(members, server)} />
      <ServerStrip serverKey={server.key} now={now} />
      <span className="kiosk-duration verdict-text">
        {server.phase} <ElapsedTime since={Date.parse(server.since)} />
      </span>
    </li>
  );
}

/** The backend, with the instance where it is of one only. */
function placeOf(members: readonly ServerStatus[], first: ServerStatus): string {
  const isOfOne = members.every(({ instance }) => instance === first.instance);
  return isOfOne ? `${first.backend}, ${first.instance}` : first.backend;
}

/** `k8s-api: UP L4OK, but 500 etcd`; grey where it is not of now. */
function BothSides({ server, place, isOld = false }: { server: ServerStatus; place: string; isOld?: boolean }) {
  const probe = probeSideText(server.probe);
  const isFalseUp = server.verdict === "false-up";
  return (
    <span className={isOld ? "truncate kiosk-sides muted" : "truncate kiosk-sides"}>
      {place}: <b className={isFalseUp ? "" : "verdict-text"}>{server.haproxy.status}</b> {checkText(server.haproxy)},
      but{" "}
      <b className={isFalseUp ? "verdict-text" : ""}>
        {probe.primary} {probe.failing}
      </b>
    </span>
  );
}

function ServerStrip({ serverKey, now }: { serverKey: string; now: number }) {
  const client = useDashboardClient();
  useEffect(() => client.recorded.show(serverKey), [client, serverKey]);
  const { runs } = client.stripOf(serverKey);
  return (
    <SvgStrip
      runs={runs}
      from={now - HOUR.ms}
      to={now}
      height={28}
      reloads={client.reloadsOf([serverKey])}
      label={`Last hour: ${stripSummary(runs, now - HOUR.ms, now)}`}
      columns={400}
    />
  );
}

function BackendLine({ group, view, now }: { group: BackendGroup; view: FleetView; now: number }) {
  const client = useDashboardClient();
  const { keys, instance, backend } = group;
  const isRecorded = keys.length <= RECORDED_MEMBERS_MAX;
  const keyList = keys.join("\n");
  useEffect(() => {
    if (!isRecorded) return;
    const hides = keyList.split("\n").map((key) => client.recorded.show(key));
    return () => hides.forEach((hide) => hide());
  }, [client, keyList, isRecorded]);
  const members = keys.map((key) => view.fleet.servers.get(key)).filter((server) => server !== undefined);
  const instanceState = view.fleet.instances.get(instance);
  const isSilent = instanceState !== undefined && isUnreachable(instanceState);
  const runs = mergeRuns(keys.map((key) => client.stripOf(key).runs));
  return (
    <div className="kiosk-backend">
      <span className="kiosk-backend-name">
        <Name text={instance} className="muted" />
        <span className="muted">/</span>
        <b>
          <Name text={backend} />
        </b>
      </span>
      <span className="kiosk-cells">
        <BackendCells members={members} />
      </span>
      <SvgStrip
        runs={runs}
        from={now - HOUR.ms}
        to={now}
        height={28}
        reloads={client.reloadsOf(keys)}
        label={`Last hour: ${stripSummary(runs, now - HOUR.ms, now)}`}
        columns={160}
      />
      <span className="kiosk-good num">
        <b>{isSilent ? "?" : healthyText(members)}</b> of {formatThousands(members.length)}
      </span>
    </div>
  );
}

/** How many rows of a backend fit below one another. */
function useRowsThatFit(box: RefObject<HTMLElement | null>): number {
  const [rows, setRows] = useState(4);
  useEffect(() => {
    const node = box.current;
    if (node === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      // 104 of 1440 pixels, as a line of a mismatch.
      setRows(Math.max(1, Math.floor(node.clientHeight / (window.innerHeight * (104 / 1440)))));
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [box]);
  return rows;
}
