import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Banners } from "../components/banners.tsx";
import { VerdictCounters } from "../components/verdict-counters.tsx";
import { HeaderBand } from "../components/header-band.tsx";
import { ShortcutsDialog } from "../components/shortcuts-dialog.tsx";
import { LiveRegion } from "../components/live-region.tsx";
import { MismatchCard } from "../components/mismatch-card.tsx";
import { FirstRun, NoMatch } from "../components/empty-states.tsx";
import type { RemarkKind } from "../components/remark-form.tsx";
import { RangeControl } from "../components/range-control.tsx";
import { SearchBox } from "../components/search-box.tsx";
import { ServerTable } from "../components/server-table.tsx";
import { UnconfirmedRows } from "../components/unconfirmed-rows.tsx";
import { TopBar, useThemeToggle } from "../components/top-bar.tsx";
import { formatPlural, formatThousands } from "../lib/quantity-format.ts";
import type { Fleet } from "../lib/fleet.ts";
import { buildHeadline } from "../lib/headline.ts";
import { isUnexpectedMismatch, displayVerdictOf } from "../lib/display-verdict.ts";
import type { FeedState } from "../lib/live-feed.ts";
import { acknowledgementOf, type MismatchGroup } from "../lib/mismatch-group.ts";
import { lastEndedIncident, ongoingMismatches } from "../lib/ongoing-incidents.ts";
import { countBackendServers, countByVerdict } from "../lib/backend-group.ts";
import { formatViewQuery, isFiltered, matchesQuery, type ViewQuery } from "../lib/view-query.ts";
import { DEFAULT_RANGE, stepStripRange } from "../lib/strip-range.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import { useTable } from "../state/use-table.ts";
import "./overview.css";

const CARDS = 6;

/** The main page: headline, counters, mismatch cards, all servers. */
export function Overview({ state, fleet }: { state: FeedState; fleet: Fleet }) {
  const client = useDashboardClient();
  const [query, change] = useViewQuery();
  const search = useRef<HTMLInputElement>(null);
  const [form, setForm] = useState<{ readonly mismatch: string; readonly kind: RemarkKind } | null>(null);
  const [areShortcutsShown, showShortcuts] = useState(false);
  const toggleTheme = useThemeToggle();
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const instances = useMemo(() => [...fleet.instances.values()], [fleet.instances]);
  const incidents = useIncidents();
  const mismatches = useMemo(
    () => ongoingMismatches(servers, incidents, client.lastMismatches),
    [servers, incidents, client],
  );
  const ongoing = useMemo(
    () => new Map(mismatches.flatMap(({ members, verdict }) => members.map(({ key }) => [key, verdict] as const))),
    [mismatches],
  );
  const table = useTable(fleet, ongoing, query, change);
  const counts = useMemo(() => countByVerdict(servers), [servers]);
  const unconfirmed = useMemo(
    () => servers.filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null && !ongoing.has(s.key)),
    [servers, ongoing],
  );
  const probedAt = useMemo(() => latestTime(servers.map((server) => server.probe.at)), [servers]);
  const isDisconnected = state.kind !== "live";
  const headline = buildHeadline({
    servers,
    mismatches,
    instances,
    lastEnded: lastEndedIncident(incidents),
    now: client.time().now,
  });
  const isKnown = servers.length > 0 && headline.variant !== "unknown";
  usePageBadge(mismatches, isDisconnected ? "disconnected" : isKnown ? "known" : "unknown");

  const [areShortcutsEnabled, setShortcutsEnabled] = useKeyboardShortcuts(
    {
      "/": () => search.current?.focus(),
      j: () => table.moveFocus(1),
      k: () => table.moveFocus(-1),
      ArrowDown: () => table.moveFocus(1),
      ArrowUp: () => table.moveFocus(-1),
      ".": () => table.focusNextMismatch(),
      p: () => change({ mismatchesOnly: !query.mismatchesOnly }),
      "[": () => change({ range: stepStripRange(query.range, -1) }),
      "]": () => change({ range: stepStripRange(query.range, 1) }),
      a: () => {
        const mismatch = mismatches.slice(0, CARDS).find(isUnacknowledged);
        setForm(mismatch === undefined ? null : { mismatch: mismatch.id, kind: "acknowledge" });
      },
      t: toggleTheme,
      "?": () => showShortcuts(true),
      Escape: () => {
        if (query.expandedKey === null) return change({ text: "", verdicts: [], mismatchesOnly: false });
        table.focus(query.expandedKey);
        change({ expandedKey: null });
      },
    },
    areShortcutsShown,
  );
  // Before the strips ask for what they show.
  useLayoutEffect(() => client.recorded.setRange(query.range), [client, query.range]);
  useFocusExpandedRow(query.expandedKey, table.focus);
  const filters = useRef<HTMLDivElement>(null);
  useRevealOnFilter(query, filters);

  return (
    <div className={isDisconnected ? "page page-disconnected" : "page"}>
      <a className="skip" href="#servers">
        Skip to the servers
      </a>
      <TopBar
        state={state.kind}
        worst={mismatches[0]?.verdict ?? null}
        isKnown={isKnown}
        instances={instances}
        probedAt={probedAt}
        onSearch={() => search.current?.focus()}
        onShowShortcuts={() => showShortcuts(true)}
      />
      {/* Without a server the page itself shows the state of each instance. */}
      <Banners state={state} instances={servers.length === 0 ? [] : instances} servers={servers} />
      <LiveRegion mismatches={mismatches} fleet={fleet} />
      <main>
        {servers.length === 0 ? (
          <FirstRun
            instances={instances.map((i) => ({
              stats: i.stats,
              status: i.error?.message ?? instanceStateText(i.state),
            }))}
          />
        ) : (
          <>
            <HeaderBand headline={headline} isDisconnected={isDisconnected} />
            <div className="content">
              <VerdictCounters
                counts={counts}
                selected={query.verdicts}
                onSelect={(kinds) => change({ verdicts: kinds })}
              />
              {mismatches.length > 0 && (
                <section className="cards" aria-label="Mismatches">
                  {mismatches.slice(0, CARDS).map((mismatch) => (
                    <MismatchCard
                      key={mismatch.id}
                      mismatch={mismatch}
                      backendSize={countBackendServers(servers, mismatch.first)}
                      isDisconnected={isDisconnected}
                      onShowDetail={(key) => change({ expandedKey: key })}
                      form={form?.mismatch === mismatch.id ? form.kind : null}
                      onForm={(kind) => setForm(kind === null ? null : { mismatch: mismatch.id, kind })}
                    />
                  ))}
                </section>
              )}
              {mismatches.length > CARDS && (
                <button
                  type="button"
                  className="button"
                  onClick={() => change({ verdicts: ["false-up", "false-down"], text: "" })}
                >
                  and {mismatches.length - CARDS} more
                </button>
              )}
              <UnconfirmedRows servers={unconfirmed} onShowAll={() => change({ verdicts: ["suspected"] })} />
              <div className="filters" ref={filters}>
                <SearchBox text={query.text} onText={(text) => change({ text })} input={search} />
                <button
                  type="button"
                  className="button only-mismatches"
                  aria-pressed={query.mismatchesOnly}
                  aria-keyshortcuts="p"
                  onClick={() => change({ mismatchesOnly: !query.mismatchesOnly })}
                >
                  Only mismatches <span className="num muted">{servers.filter(isUnexpectedMismatch).length}</span>
                </button>
                {isFiltered(query) && (
                  <button
                    type="button"
                    className="button"
                    onClick={() => change({ verdicts: [], mismatchesOnly: false, text: "" })}
                  >
                    Clear filters
                  </button>
                )}
                <RangeControl range={query.range} onRange={(range) => change({ range })} />
                <span className="filters-count muted num">
                  {formatThousands(servers.filter((server) => matchesQuery(query, server)).length)} of{" "}
                  {formatPlural(servers.length, "server")}
                </span>
              </div>
              <section id="servers" tabIndex={-1} aria-label="All servers">
                {table.items.length === 0 ? (
                  <NoMatch
                    query={query}
                    hiddenCount={servers.length}
                    onClear={() => change({ verdicts: [], mismatchesOnly: false, text: "" })}
                  />
                ) : (
                  <ServerTable
                    items={table.items}
                    groups={table.groups}
                    servers={fleet.servers}
                    members={table.members}
                    instances={fleet.instances}
                    activeId={table.activeId}
                    isDisconnected={isDisconnected}
                    range={query.range}
                    onActivate={table.setActive}
                    onToggleExpanded={table.toggleExpanded}
                    onSetExpanded={table.setExpanded}
                    onMoveFocus={table.moveFocus}
                    onSortPaused={table.setSortPaused}
                    focusRequest={table.focusRequest}
                    onFocused={table.onFocused}
                  />
                )}
                <p className="table-note num">
                  Strips show the last {query.range.label}: HAProxy above, haprobe below. Dotted: nothing was recorded.
                </p>
              </section>
            </div>
          </>
        )}
      </main>
      <ShortcutsDialog
        isOpen={areShortcutsShown}
        onClose={() => showShortcuts(false)}
        areShortcutsEnabled={areShortcutsEnabled}
        onShortcutsEnabledChange={setShortcutsEnabled}
      />
    </div>
  );
}

/** Focuses the expanded row when it changes: on load from the address bar, and from a card's Evidence button. */
function useFocusExpandedRow(expandedKey: string | null, focus: (id: string) => void): void {
  const previous = useRef<string | null>(null);
  useEffect(() => {
    if (expandedKey !== null && expandedKey !== previous.current) focus(expandedKey);
    previous.current = expandedKey;
  }, [expandedKey, focus]);
}

const ROWS_VISIBLE_PX = 200;

/** Scrolls the filters and the first rows into view when a filter changes, because the cards may have pushed them out. */
function useRevealOnFilter(query: ViewQuery, filters: RefObject<HTMLElement | null>): void {
  const filterKey = formatViewQuery({ ...query, expandedKey: null, range: DEFAULT_RANGE });
  const shownKey = useRef(filterKey);
  useEffect(() => {
    if (shownKey.current === filterKey) return;
    shownKey.current = filterKey;
    const top = filters.current?.getBoundingClientRect().top ?? 0;
    if (top > window.innerHeight - ROWS_VISIBLE_PX) filters.current?.scrollIntoView();
  }, [filterKey, filters]);
}

function isUnacknowledged(mismatch: MismatchGroup): boolean {
  return mismatch.incidents.length > 0 && acknowledgementOf(mismatch) === null;
}

function instanceStateText(state: string): string {
  return state === "ok" ? "responds, but has no server" : "not polled yet";
}

function latestTime(times: readonly (string | null)[]): number | null {
  let result: number | null = null;
  for (const time of times) {
    const at = time === null ? Number.NaN : Date.parse(time);
    if (at > (result ?? Number.NEGATIVE_INFINITY)) result = at;
  }
  return result;
}
