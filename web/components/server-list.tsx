import { type RefObject, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { countByVerdict } from "../lib/backend-group.ts";
import { countNames, countQualities, countSites } from "../lib/filter-counts.ts";
import { isUnexpectedMismatch } from "../lib/display-verdict.ts";
import { formatPlural, formatThousands } from "../lib/quantity-format.ts";
import { toggleDensity } from "../lib/density.ts";
import { DEFAULT_SERVER_SORT, TEXT_COLUMNS } from "../lib/server-sort.ts";
import { nextSortOrder } from "../lib/sort-order.ts";
import { DEFAULT_RANGE, stepStripRange } from "../lib/strip-range.ts";
import { formatViewQuery, isFiltered, NO_FILTERS, type ViewQuery } from "../lib/view-query.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useCopyShortcuts } from "../state/use-copy-shortcuts.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useTable } from "../state/use-table.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import { navigate } from "../lib/navigation.ts";
import { serverHref } from "../lib/server-address.ts";
import { NoMatch } from "./empty-states.tsx";
import { FilterMenu } from "./filter-menu.tsx";
import { RangeControl } from "./range-control.tsx";
import { SearchField } from "./search-field.tsx";
import { ServerTable } from "./server-table.tsx";
import { SiteControls } from "./site-controls.tsx";
import { VerdictFilter } from "./verdict-filter.tsx";
import { ViewMenu } from "./view-menu.tsx";

interface ServerListProps {
  readonly layout: "servers" | "backends";
  readonly view: FleetView;
  /** Key of the server whose drawer is open. */
  readonly openKey: string | null;
  readonly onClose: () => void;
}

/** Every server with filters and strips, and the keys that move in it. */
export function ServerList({ layout, view, openKey, onClose }: ServerListProps) {
  const { fleet, servers, ongoing, isReadOnly } = view;
  const client = useDashboardClient();
  const [query, change] = useViewQuery();
  // A key press is shown at once; the rows follow.
  const shownQuery = useDeferredValue(query);
  const table = useTable(fleet, ongoing, shownQuery, openKey);
  const clear = (): void => change(NO_FILTERS);
  const isServers = layout === "servers";
  useKeyboardShortcuts({
    j: () => table.moveFocus(1),
    k: () => table.moveFocus(-1),
    ArrowDown: () => table.moveFocus(1),
    ArrowUp: () => table.moveFocus(-1),
    ".": () => table.focusNextMismatch(),
    d: toggleDensity,
    p: () => change({ mismatchesOnly: !query.mismatchesOnly }),
    "[": () => change({ range: stepStripRange(query.range, -1) }),
    "]": () => change({ range: stepStripRange(query.range, 1) }),
    Escape: () => {
      if (openKey === null) return clear();
      table.focus(openKey);
      onClose();
    },
  });
  const active = isServers ? fleet.servers.get(openKey ?? table.activeId ?? "") : undefined;
  useCopyShortcuts(active === undefined || view.moment !== null ? [] : [active]);
  // Before the strips ask for what they show.
  useLayoutEffect(() => client.recorded.setRange(query.range), [client, query.range]);
  const count = (
    <span className="filters-count muted num">
      {formatThousands(table.matching)} of {formatPlural(servers.length, "server")}
    </span>
  );
  const filters = useRef<HTMLDivElement>(null);
  useRevealOnFilter(query, filters);
  return (
    <>
      <div className="filters" ref={filters}>
        <SearchField
          label="Search servers"
          placeholder="Server, backend, address"
          text={query.text}
          onText={(text) => change({ text })}
        />
        <button
          type="button"
          className="button only-mismatches"
          aria-pressed={query.mismatchesOnly}
          aria-keyshortcuts="p"
          onClick={() => change({ mismatchesOnly: !query.mismatchesOnly })}
        >
          Only mismatches <span className="num muted">{servers.filter(isUnexpectedMismatch).length}</span>
        </button>
        {isServers && <ServerFilters view={view} query={query} onChange={change} />}
        {fleet.sites.length > 1 && <SiteFilters view={view} query={query} onChange={change} />}
        <span className="filters-view">
          {!isServers && count}
          <RangeControl range={query.range} onRange={(range) => change({ range })} />
          {isServers && <ViewMenu />}
        </span>
        {isFiltered(query) && (
          <button type="button" className="button" onClick={clear}>
            Clear filters
          </button>
        )}
        {isServers && isFiltered(query) && count}
      </div>
      <section id="servers" tabIndex={-1} aria-label="All servers" aria-busy={shownQuery !== query}>
        {table.items.length === 0 ? (
          <NoMatch query={shownQuery} hiddenCount={servers.length} onClear={clear} />
        ) : (
          <ServerTable
            layout={layout}
            items={table.items}
            groups={table.groups}
            sites={table.sites}
            servers={fleet.servers}
            members={table.members}
            instances={fleet.instances}
            activeId={table.activeId}
            openKey={openKey}
            isDisconnected={isReadOnly}
            range={query.range}
            sort={query.sort}
            onSort={(column) => change({ sort: nextSortOrder(query.sort, column, TEXT_COLUMNS) })}
            onActivate={table.setActive}
            onOpen={(id) =>
              fleet.servers.has(id) ? navigate(serverHref(id, query)) : table.setExpanded(id, !table.isExpanded(id))
            }
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
    </>
  );
}

interface ServerFiltersProps {
  readonly view: FleetView;
  readonly query: ViewQuery;
  readonly onChange: (part: Partial<ViewQuery>) => void;
}

/** Filters by verdict, instance and quality of the check, with the number of servers of each. */
function ServerFilters({ view: { servers }, query, onChange }: ServerFiltersProps) {
  const counts = useMemo(() => countByVerdict(servers), [servers]);
  const instances = useMemo(() => countNames(servers), [servers]);
  const qualities = useMemo(() => countQualities(servers), [servers]);
  return (
    <>
      <VerdictFilter counts={counts} selected={query.verdicts} onSelect={(verdicts) => onChange({ verdicts })} />
      <FilterMenu
        label="Instance"
        counts={instances}
        selected={query.instances}
        onSelect={(values) => onChange({ instances: values })}
      />
      <FilterMenu
        label="Check"
        counts={qualities}
        selected={query.qualities}
        onSelect={(values) => onChange({ qualities: values })}
      />
    </>
  );
}

/** Filter and grouping by site. */
function SiteFilters({ view: { servers }, query, onChange }: ServerFiltersProps) {
  const counts = useMemo(() => countSites(servers), [servers]);
  return (
    <SiteControls
      counts={counts}
      selected={query.sites}
      onSelect={(sites) => onChange({ sites })}
      isGrouped={query.grouping === "site"}
      onGroup={(isGrouped) => onChange({ grouping: isGrouped ? "site" : "backend" })}
    />
  );
}

const ROWS_VISIBLE_PX = 200;

/** Scrolls the filters and the first rows into view when a filter changes, because the cards may have pushed them out. */
function useRevealOnFilter(query: ViewQuery, filters: RefObject<HTMLElement | null>): void {
  const filterKey = formatViewQuery({ ...query, range: DEFAULT_RANGE, sort: DEFAULT_SERVER_SORT });
  const shownKey = useRef(filterKey);
  useEffect(() => {
    if (shownKey.current === filterKey) return;
    shownKey.current = filterKey;
    const top = filters.current?.getBoundingClientRect().top ?? 0;
    if (top > window.innerHeight - ROWS_VISIBLE_PX) filters.current?.scrollIntoView();
  }, [filterKey, filters]);
}
