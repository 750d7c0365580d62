import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { hrefOf, navigate } from "../lib/navigation.ts";
import type { FeedState } from "../lib/feed-state.ts";
import { PAGE_LABELS } from "../lib/page-labels.ts";
import { PAGES, type Route, routeOf } from "../lib/route.ts";
import { latestProbeAt } from "../lib/staleness.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useGoShortcuts, useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useFindingCount, useOwnFindings, useOpenIncidentCount } from "../state/use-page-counts.ts";
import { usePast } from "../state/dashboard-client-context.ts";
import { useDesktopNotifications } from "../state/use-desktop-notifications.ts";
import { useEndedToasts } from "../state/use-ended-toasts.ts";
import { useMomentShortcuts } from "../state/use-moment-shortcuts.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import { Banners } from "./banners.tsx";
import { NoMomentBanner, PastBanner } from "./past-banner.tsx";
import { LiveRegion } from "./live-region.tsx";
import { BottomBar } from "./page-navigation.tsx";
import { ReadOnlyLine } from "./read-only-line.tsx";
import { StripCursor } from "./strip-cursor.tsx";
import { Toasts } from "./toasts.tsx";
import { TopBar, useThemeToggle } from "./top-bar.tsx";

const ShortcutsDialog = lazy(() => import("./shortcuts-dialog.tsx"));

interface PageFrameProps {
  readonly state: FeedState;
  readonly view: FleetView;
  /** The view of the present, for title and announcements: `view` itself unless that is of the past. */
  readonly present: FleetView;
  readonly route: Route;
  readonly children: ReactNode;
}

const GO_KEYS = PAGES.map((page) => PAGE_LABELS[page].key);

/** What all pages have around them: navigation, ages, banners, announcements, and the keys that work everywhere. */
export function PageFrame({ state, view, present, route, children }: PageFrameProps) {
  const { servers, instances, isDisconnected } = view;
  const { mismatches, isKnown } = present;
  const past = usePast();
  const [shortcuts, setShortcuts] = useState<"not-loaded" | "open" | "closed">("not-loaded");
  const toggleTheme = useThemeToggle();
  const main = useRef<HTMLElement>(null);
  const page = useRef<HTMLDivElement>(null);
  const counts = { incidents: useOpenIncidentCount(), findings: useFindingCount() };
  const ownFindings = useOwnFindings();
  const probedAt = useMemo(() => latestProbeAt(servers), [servers]);
  useDesktopNotifications(mismatches);
  useEndedToasts();
  usePageBadge(mismatches, isDisconnected ? "disconnected" : isKnown ? "known" : "unknown");
  useKeyboardShortcuts({ "/": focusSearch, t: toggleTheme, "?": () => setShortcuts("open") });
  useMomentShortcuts();
  useGoShortcuts(GO_KEYS, (key) => {
    const next = PAGES.find((each) => PAGE_LABELS[each].key === key);
    if (next !== undefined) navigate(hrefOf(routeOf(next)));
  });
  useScrollToTop(route, main);
  return (
    <div
      ref={page}
      className={`page page-${route.page} ${isDisconnected ? "page-disconnected" : ""} ${past === null ? "" : "page-past"}`}
    >
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TopBar
        state={state.kind}
        route={route}
        counts={counts}
        worst={mismatches[0]?.verdict ?? null}
        moment={past?.at ?? null}
        isKnown={isKnown}
        instances={instances}
        probedAt={probedAt}
        onSearch={focusSearch}
        onShowShortcuts={() => setShortcuts("open")}
      />
      {/* Without a server the overview itself shows the state of each instance. */}
      <Banners
        state={state}
        instances={servers.length === 0 ? [] : instances}
        servers={servers}
        ownFindings={past === null ? ownFindings : []}
      />
      <ReadOnlyLine />
      {past === null ? <NoMomentBanner /> : <PastBanner past={past} />}
      <LiveRegion mismatches={mismatches} fleet={present.fleet} />
      <main ref={main} tabIndex={-1}>
        {children}
      </main>
      <BottomBar route={route} counts={counts} />
      <StripCursor page={page} />
      <Toasts />
      {shortcuts !== "not-loaded" && (
        <Suspense>
          <ShortcutsDialog isOpen={shortcuts === "open"} onClose={() => setShortcuts("closed")} />
        </Suspense>
      )}
    </div>
  );
}

/** Focuses the page's search, or that of the servers where it has none. */
function focusSearch(): void {
  const find = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>(".search input");
  const field = find();
  if (field !== null) return field.focus();
  navigate(hrefOf(routeOf("servers")));
  requestAnimationFrame(() => find()?.focus());
}

/** A page that is opened begins at its top, with the focus at its beginning. */
function useScrollToTop(route: Route, main: { readonly current: HTMLElement | null }): void {
  const { page } = route;
  const id = "id" in route ? route.id : null;
  const shown = useRef(`${page} ${id}`);
  useEffect(() => {
    if (shown.current === `${page} ${id}`) return;
    shown.current = `${page} ${id}`;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [page, id, main]);
}
