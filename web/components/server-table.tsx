import { defaultRangeExtractor, useWindowVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup, SiteGroup } from "../lib/backend-group.ts";
import { isUnreachable } from "../lib/no-mismatch-headline.ts";
import type { ServerColumn, ServerSort } from "../lib/server-sort.ts";
import { countersStaleAfterMs } from "../lib/staleness.ts";
import type { StripRange } from "../lib/strip-range.ts";
import { itemId, type TableItem } from "../lib/table-items.ts";
import { useRowMetrics } from "../state/use-row-metrics.ts";
import { GroupRow } from "./group-row.tsx";
import { ServerRow } from "./server-row.tsx";
import { SiteRow } from "./site-row.tsx";
import { BackendHead, TableHead } from "./table-head.tsx";
import "./server-table.css";

/** Above this number of rows only those near the viewport are rendered. */
const VIRTUALIZE_ABOVE_ROWS = 100;

interface ServerTableProps {
  /** `backends`: a group shows its servers as cells and one strip for all of them. */
  readonly layout: "servers" | "backends";
  readonly items: readonly TableItem[];
  readonly groups: ReadonlyMap<string, BackendGroup>;
  /** Empty unless rows are grouped by site. */
  readonly sites: ReadonlyMap<string, SiteGroup>;
  readonly servers: ReadonlyMap<string, ServerStatus>;
  /** Servers of each group, including those that a filter hides. */
  readonly members: ReadonlyMap<string, readonly ServerStatus[]>;
  readonly instances: ReadonlyMap<string, InstanceStatus>;
  readonly activeId: string | null;
  /** Key of the server whose drawer is open. */
  readonly openKey: string | null;
  readonly isDisconnected: boolean;
  /** What the strips show. */
  readonly range: StripRange;
  readonly sort: ServerSort;
  readonly onSort: (column: ServerColumn) => void;
  readonly onActivate: (id: string) => void;
  /** Opens a server, and expands or collapses a group. */
  readonly onOpen: (id: string) => void;
  readonly onSetExpanded: (id: string, isExpanded: boolean) => void;
  readonly onMoveFocus: (step: number) => void;
  readonly onSortPaused: (isHeld: boolean) => void;
  /** Id of a row that should take the focus; null without a request. */
  readonly focusRequest: string | null;
  readonly onFocused: () => void;
}

/** Every server, grouped by instance and backend. */
export function ServerTable(props: ServerTableProps) {
  const {
    items,
    onActivate,
    onOpen,
    onSetExpanded,
    onMoveFocus,
    onSortPaused,
    isDisconnected,
    focusRequest,
    onFocused,
  } = props;
  const body = useRef<HTMLDivElement>(null);
  const { server, group, covered } = useRowMetrics();
  const isVirtual = items.length > VIRTUALIZE_ABOVE_ROWS;
  const [top, setTop] = useState(0);
  const stickyIndex = useRef(-1);
  const virtualizer: Virtualizer<Window, Element> = useWindowVirtualizer({
    count: isVirtual ? items.length : 0,
    estimateSize: (index) => (items[index]?.kind === "server" ? server : group),
    overscan: 12,
    scrollMargin: top,
    rangeExtractor(range) {
      // The head of the first visible row's group stays rendered, because it is sticky.
      const first = virtualizer.getVirtualItemForOffset((virtualizer.scrollOffset ?? 0) + covered)?.index ?? 0;
      const head = items.findLastIndex((item, index) => index <= first && item.kind !== "server");
      stickyIndex.current = items[head]?.kind === "group" ? head : -1;
      const indexes = defaultRangeExtractor(range);
      return stickyIndex.current < (indexes[0] ?? 0) && stickyIndex.current >= 0
        ? [stickyIndex.current, ...indexes]
        : indexes;
    },
    getItemKey: useCallback(
      (index: number) => {
        const item = items[index];
        return item === undefined ? index : itemId(item);
      },
      [items],
    ),
  });
  // All rows of a kind have one height: none is measured.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, server, group]);
  // Anything above the table may move it; the props stay the same while only the scroll position changes.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  useLayoutEffect(() => {
    const y = body.current === null ? 0 : body.current.getBoundingClientRect().top + window.scrollY;
    setTop((before) => (Math.abs(before - y) < 1 ? before : y));
  }, [props]);
  useLayoutEffect(() => {
    if (focusRequest === null) return;
    // A table that is mounted later must not repeat the request.
    onFocused();
    const index = items.findIndex((item) => itemId(item) === focusRequest);
    if (isVirtual && index >= 0) virtualizer.scrollToIndex(index, { align: "auto" });
    // A virtual row is rendered only after the scroll.
    const focus = (): void => findRowElement(body.current, focusRequest)?.focus();
    if (findRowElement(body.current, focusRequest) === null) requestAnimationFrame(focus);
    else focus();
    // Only a new request moves the focus, never a change of the rows.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [focusRequest]);

  const { openKey } = props;
  const revealedKey = useRef<string | null>(null);
  const wasInWindow = useRef(false);
  useLayoutEffect(() => {
    const index = openKey === null ? -1 : items.findIndex((item) => itemId(item) === openKey);
    if (openKey === null || index < 0) return void (revealedKey.current = null);
    const row = findRowElement(body.current, openKey);
    const isVisible = row !== null && isInWindow(row, covered);
    // A change of the rows moves the open one along, unless the page was scrolled away from it.
    if (revealedKey.current === openKey && (isVisible || !wasInWindow.current)) return;
    revealedKey.current = openKey;
    wasInWindow.current = true;
    // Amid the window, since what is loaded after it, and other servers' verdicts, move it a little.
    if (isVisible) row.scrollIntoView({ block: "nearest" });
    else if (isVirtual) virtualizer.scrollToIndex(index, { align: "center" });
    else row?.scrollIntoView({ block: "center" });
  }, [openKey, items, isVirtual, virtualizer, covered]);
  useEffect(() => {
    if (openKey === null) return;
    const onScroll = (): void => {
      const row = findRowElement(body.current, openKey);
      wasInWindow.current = row !== null && isInWindow(row, covered);
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, [openKey, covered]);

  const longest = useMemo(() => longestName(items), [items]);
  const widths = { "--name-width": `${Math.min(160, Math.max(92, Math.ceil(longest * 7.6)))}px` } as CSSProperties;
  const render = (index: number) => {
    const item = items[index];
    return item === undefined ? null : <TableItemRow key={itemId(item)} item={item} index={index} {...props} />;
  };
  return (
    // The rows take the focus (roving tabindex); the grid itself never does.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      className={`table table-${props.layout} block`}
      style={widths}
      role="treegrid"
      aria-label="Servers"
      aria-rowcount={items.length + 1}
      onPointerEnter={(event) => event.pointerType === "mouse" && onSortPaused(true)}
      onPointerLeave={() => onSortPaused(false)}
      onClick={(event) => {
        const id = rowIdOfEvent(event);
        if (id === null || isSelecting(event.currentTarget)) return;
        onActivate(id);
        onOpen(id);
      }}
      onKeyDown={(event) => {
        const id = rowIdOfEvent(event);
        if (id === null || event.altKey || event.ctrlKey || event.metaKey) return;
        const act = { Enter: () => onOpen(id), " ": () => onOpen(id) }[event.key];
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const expand = { ArrowLeft: false, ArrowRight: true }[event.key];
        if (act) act();
        else if (step !== undefined) onMoveFocus(step);
        else if (expand !== undefined) onSetExpanded(id, expand);
        else return;
        event.preventDefault();
      }}
    >
      {props.layout === "servers" ? (
        <TableHead isDisconnected={isDisconnected} range={props.range} sort={props.sort} onSort={props.onSort} />
      ) : (
        <BackendHead isDisconnected={isDisconnected} range={props.range} />
      )}
      <div role="rowgroup" ref={body} className={isVirtual ? "rows rows-virtual" : "rows"}>
        {!isVirtual && items.map((_, index) => render(index))}
        {isVirtual && (
          <div role="presentation" className="rows-all" style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((row) => (
              <div
                role="presentation"
                key={row.key}
                className={row.index === stickyIndex.current ? "row-position-sticky" : "row-position"}
                style={
                  row.index === stickyIndex.current ? undefined : { transform: `translateY(${row.start - top}px)` }
                }
              >
                {render(row.index)}
              </div>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

function TableItemRow({ item, index, ...props }: { item: TableItem; index: number } & ServerTableProps) {
  const isBelowSite = props.sites.size > 0;
  if (item.kind === "site") {
    const site = props.sites.get(item.id);
    return site ? (
      <SiteRow
        layout={props.layout}
        site={site}
        members={site.groups.flatMap(({ id }) => props.members.get(id) ?? [])}
        isExpanded={item.isExpanded}
        isActive={props.activeId === item.id}
        rowIndex={index + 2}
      />
    ) : null;
  }
  if (item.kind === "group") {
    const group = props.groups.get(item.id);
    const instance = group && props.instances.get(group.instance);
    return group ? (
      <GroupRow
        layout={props.layout}
        group={group}
        members={props.members.get(item.id) ?? []}
        isExpanded={item.isExpanded}
        isActive={props.activeId === item.id}
        rowIndex={index + 2}
        isBelowSite={isBelowSite}
        isUnreachable={instance !== undefined && isUnreachable(instance)}
        staleAfterMs={countersStaleAfterMs(instance ?? { everyMs: 0 })}
      />
    ) : null;
  }
  const server = props.servers.get(item.key);
  if (!server) return null;
  const instance = props.instances.get(server.instance);
  return (
    <ServerRow
      layout={props.layout}
      server={server}
      isOpen={props.openKey === item.key}
      isActive={props.activeId === item.key}
      rowIndex={index + 2}
      isBelowSite={isBelowSite}
      staleAfterMs={countersStaleAfterMs(instance ?? { everyMs: 0 })}
    />
  );
}

/** True if a part of the row is in the window, below the `covered` px of its sticky heads. */
function isInWindow(row: Element, covered: number): boolean {
  const { top, bottom } = row.getBoundingClientRect();
  return top < window.innerHeight && bottom > covered;
}

/** True while text of the table is selected: the click that ends the selection must not expand a row. */
function isSelecting(table: HTMLElement): boolean {
  const selection = window.getSelection();
  return selection?.isCollapsed === false && table.contains(selection.anchorNode);
}

function longestName(items: readonly TableItem[]): number {
  return items.reduce((longest, item) => (item.kind === "server" ? Math.max(longest, item.name.length) : longest), 0);
}

/** Id of the row of an event; null in the head. */
function rowIdOfEvent(event: MouseEvent | KeyboardEvent): string | null {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=row]") : null;
  return row?.dataset["key"] ?? row?.dataset["group"] ?? null;
}

function findRowElement(body: HTMLElement | null, id: string): HTMLElement | null {
  for (const row of body?.querySelectorAll<HTMLElement>("[data-key],[data-group]") ?? []) {
    if (row.dataset["key"] === id || row.dataset["group"] === id) return row;
  }
  return null;
}
