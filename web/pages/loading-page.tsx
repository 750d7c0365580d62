import { useEffect, useState } from "react";
import { Banners } from "../components/banners.tsx";
import { VerdictCounters } from "../components/verdict-counters.tsx";
import { SkeletonRows } from "../components/empty-states.tsx";
import { TopBar } from "../components/top-bar.tsx";
import type { FeedState } from "../lib/live-feed.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import "./overview.css";

const SHOWN_AFTER_MS = 150;
const nothing = (): void => {};

/** Shown until the first snapshot: the page's frame with placeholders. */
export function LoadingPage({ state }: { state: FeedState }) {
  const [isShown, show] = useState(false);
  usePageBadge([], state.kind === "disconnected" ? "disconnected" : "unknown");
  useEffect(() => {
    const timer = setTimeout(() => show(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={state.kind === "disconnected" ? "page page-disconnected" : "page"}>
      <TopBar
        state={state.kind}
        worst={null}
        isKnown={false}
        instances={[]}
        probedAt={null}
        onSearch={nothing}
        onShowShortcuts={nothing}
      />
      <Banners state={state} instances={[]} servers={[]} />
      <main aria-busy="true" aria-label="Waiting for haprobe">
        {isShown && (
          <>
            <section className="band">
              <div className="band-text">
                <span className="skeleton band-skeleton" />
                <span className="skeleton band-skeleton-2" />
              </div>
            </section>
            <div className="content">
              <VerdictCounters counts={null} selected={[]} onSelect={nothing} />
              <div className="block">
                <SkeletonRows />
              </div>
            </div>
          </>
        )}
      </main>
    </div>
  );
}
