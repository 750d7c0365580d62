import { Banners } from "../components/banners.tsx";
import { VerdictCounters } from "../components/verdict-counters.tsx";
import { SkeletonBackends, SkeletonRows } from "../components/empty-states.tsx";
import { TopBar } from "../components/top-bar.tsx";
import type { FeedState } from "../lib/feed-state.ts";
import { useIsWaitingLong } from "../state/use-is-waiting-long.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import { useRoute } from "../state/use-route.ts";
import { BottomBar } from "../components/page-navigation.tsx";
import "../components/server-table.css";
import "./overview.css";

const NO_COUNTS = { incidents: 0, findings: null };
const nothing = (): void => {};

/** Shown until the first snapshot: the page's frame with placeholders. */
export function LoadingPage({ state }: { state: FeedState }) {
  const route = useRoute();
  const isShown = useIsWaitingLong();
  usePageBadge([], state.kind === "disconnected" ? "disconnected" : "unknown");
  return (
    <div className={state.kind === "disconnected" ? "page page-disconnected" : "page"}>
      <TopBar
        state={state.kind}
        route={route}
        counts={NO_COUNTS}
        worst={null}
        isKnown={false}
        moment={null}
        instances={[]}
        probedAt={null}
        onSearch={nothing}
        onShowShortcuts={nothing}
      />
      <Banners state={state} instances={[]} servers={[]} />
      <main aria-busy="true" aria-label="Waiting for haprobe">
        {isShown && (
          <>
            {route.page === "overview" && (
              <section className="band">
                <svg width="28" height="28">
                  <circle cx="14" cy="14" r="14" className="skeleton-fill" />
                </svg>
                <div className="band-text">
                  <span className="skeleton band-skeleton" />
                  <span className="skeleton band-skeleton-2" />
                </div>
              </section>
            )}
            <div className="content">
              {route.page === "overview" && <VerdictCounters counts={null} selected={[]} onSelect={nothing} />}
              {route.page === "overview" ? (
                <SkeletonBackends />
              ) : (
                <div className="block">
                  <SkeletonRows />
                </div>
              )}
            </div>
          </>
        )}
      </main>
      <BottomBar route={route} counts={NO_COUNTS} />
    </div>
  );
}
