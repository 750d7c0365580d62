import { useEffect, useMemo, useRef, useState } from "react";
import { Banners } from "../components/banners.tsx";
import { Counters } from "../components/counters.tsx";
import { HeaderBand } from "../components/header-band.tsx";
import { KeyList } from "../components/key-list.tsx";
import { LiveRegion } from "../components/live-region.tsx";
import { MismatchCard } from "../components/mismatch-card.tsx";
import { FirstRun, NoMatch } from "../components/places.tsx";
import { SearchBox } from "../components/search-box.tsx";
import { ServerTable } from "../components/server-table.tsx";
import { SettlingRows } from "../components/settling-rows.tsx";
import { TopBar, useThemeToggle } from "../components/top-bar.tsx";
import { timeOfDay } from "../lib/clock-words.ts";
import type { Fleet } from "../lib/fleet.ts";
import { headline, siblings } from "../lib/headline.ts";
import { isProblem, kindOf } from "../lib/kind.ts";
import type { LiveState } from "../lib/live-feed.ts";
import { mismatchesOf } from "../lib/mismatch.ts";
import { countKinds } from "../lib/order.ts";
import { isFiltered, matchesQuery } from "../lib/query.ts";
import { useSession } from "../state/session-context.ts";
import { useLetterKeys } from "../state/use-letter-keys.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import { useQuery } from "../state/use-query.ts";
import { useTable } from "../state/use-table.ts";
import "./overview.css";

const CARDS = 6;

/** The first screen: what is wrong, how much of it, the evidence, then every server. */
export function Overview({ state, fleet }: { state: LiveState; fleet: Fleet }) {
  const session = useSession();
  const [query, change] = useQuery();
  const table = useTable(fleet, query, change);
  const search = useRef<HTMLInputElement>(null);
  const [areKeysShown, showKeys] = useState(false);
  const toggleTheme = useThemeToggle();
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const instances = useMemo(() => [...fleet.instances.values()], [fleet.instances]);
  const mismatches = useMemo(() => mismatchesOf(servers), [servers]);
  const counts = useMemo(() => countKinds(servers), [servers]);
  const undecided = useMemo(() => servers.filter((s) => kindOf(s) === "suspected" && s.expected === null), [servers]);
  const probedAt = useMemo(() => newest(servers.map((server) => server.probe.at)), [servers]);
  const isLost = state.kind !== "live";
  const words = headline({ servers, instances, now: session.time().now });
  usePageBadge(mismatches, true, isLost);

  const [areLettersOn, setLetters] = useLetterKeys(
    {
      "/": () => search.current?.focus(),
      j: () => table.move(1),
      k: () => table.move(-1),
      ArrowDown: () => table.move(1),
      ArrowUp: () => table.move(-1),
      ".": () => table.nextProblem(),
      p: () => change({ problems: !query.problems }),
      t: toggleTheme,
      "?": () => showKeys(true),
      Escape: () => change(query.open !== null ? { open: null } : { text: "", kinds: [], problems: false }),
    },
    areKeysShown,
  );
  useOpenRow(query.open, table.focus);

  return (
    <div className={isLost ? "page page-lost" : "page"}>
      <a className="skip" href="#servers">
        Skip to the servers
      </a>
      <TopBar
        state={state.kind}
        worst={mismatches[0]?.verdict ?? null}
        instances={instances}
        probedAt={probedAt}
        onSearch={() => search.current?.focus()}
        onKeys={() => showKeys(true)}
      />
      {/* Without a server the page itself says how each instance answered. */}
      <Banners state={state} instances={servers.length === 0 ? [] : instances} servers={servers} />
      <LiveRegion mismatches={mismatches} fleet={fleet} />
      <main className="under-banners">
        {servers.length === 0 ? (
          <FirstRun tried={instances.map((i) => ({ stats: i.stats, said: i.error?.message ?? sayState(i.state) }))} />
        ) : (
          <>
            <HeaderBand headline={words} isLost={isLost} />
            <div className="content">
              <Counters counts={counts} chosen={query.kinds} onChoose={(kinds) => change({ kinds })} />
              {mismatches.length > 0 && (
                <section className="cards" aria-label="Mismatches">
                  {mismatches.slice(0, CARDS).map((mismatch) => (
                    <MismatchCard
                      key={mismatch.id}
                      mismatch={mismatch}
                      backendSize={siblings(servers, mismatch.first)}
                      onEvidence={(key) => change({ open: key })}
                    />
                  ))}
                </section>
              )}
              {mismatches.length > CARDS && (
                <button
                  type="button"
                  className="button"
                  onClick={() => change({ kinds: ["false-up", "false-down"], text: "" })}
                >
                  and {mismatches.length - CARDS} more
                </button>
              )}
              <SettlingRows servers={undecided} onMore={() => change({ kinds: ["suspected"] })} />
              <div className="filters">
                <SearchBox text={query.text} onText={(text) => change({ text })} input={search} />
                <button
                  type="button"
                  className="button only-problems"
                  aria-pressed={query.problems}
                  aria-keyshortcuts="p"
                  onClick={() => change({ problems: !query.problems })}
                >
                  Only problems <span className="num quiet">{servers.filter(isProblem).length}</span>
                </button>
                {isFiltered(query) && (
                  <button
                    type="button"
                    className="button"
                    onClick={() => change({ kinds: [], problems: false, text: "" })}
                  >
                    Clear filters
                  </button>
                )}
                <span className="filters-count quiet num">
                  {servers.filter((server) => matchesQuery(query, server)).length} of {servers.length} servers
                </span>
              </div>
              <section id="servers" tabIndex={-1} aria-label="All servers">
                {table.items.length === 0 ? (
                  <NoMatch
                    query={query}
                    hidden={servers.length}
                    onClear={() => change({ kinds: [], problems: false, text: "" })}
                  />
                ) : (
                  <ServerTable
                    items={table.items}
                    groups={table.groups}
                    servers={fleet.servers}
                    members={table.members}
                    instances={fleet.instances}
                    active={table.active}
                    isLost={isLost}
                    onActivate={table.activate}
                    onToggle={table.toggle}
                    onFold={table.fold}
                    onMove={table.move}
                    onHold={table.hold}
                    focusRequest={table.focusRequest}
                  />
                )}
                <p className="table-foot num">
                  Strips show 15 minutes: what haprobe told this page since it was opened at{" "}
                  {timeOfDay(session.openedAt)}, and how long each verdict had held by then. Dotted: not seen.
                </p>
              </section>
            </div>
          </>
        )}
      </main>
      <KeyList
        isOpen={areKeysShown}
        onClose={() => showKeys(false)}
        areLettersOn={areLettersOn}
        onLetters={setLetters}
      />
    </div>
  );
}

/** Brings the row that the address names into view: on arrival, and when a card asked for its evidence. */
function useOpenRow(open: string | null, focus: (id: string) => void): void {
  const last = useRef<string | null>(null);
  useEffect(() => {
    if (open !== null && open !== last.current) focus(open);
    last.current = open;
  }, [open, focus]);
}

function sayState(state: string): string {
  return state === "ok" ? "answers, but has no server" : "not asked yet";
}

function newest(times: readonly (string | null)[]): number | null {
  let result: number | null = null;
  for (const time of times) {
    const at = time === null ? Number.NaN : Date.parse(time);
    if (at > (result ?? Number.NEGATIVE_INFINITY)) result = at;
  }
  return result;
}
