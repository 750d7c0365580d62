import { useEffect, useState } from "react";
import { Banners } from "../components/banners.tsx";
import { Counters } from "../components/counters.tsx";
import { LoadingFrame } from "../components/places.tsx";
import { TopBar } from "../components/top-bar.tsx";
import type { LiveState } from "../lib/live-feed.ts";
import { usePageBadge } from "../state/use-page-badge.ts";
import "./overview.css";

const SHOWN_AFTER_MS = 150;
const nothing = (): void => {};

/** Before the first answer: the frame as it will be, and no word about servers. */
export function Waiting({ state }: { state: LiveState }) {
  const [isShown, show] = useState(false);
  usePageBadge([], false, state.kind === "lost");
  useEffect(() => {
    const timer = setTimeout(() => show(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={state.kind === "lost" ? "page page-lost" : "page"}>
      <TopBar state={state.kind} worst={null} instances={[]} probedAt={null} onSearch={nothing} onKeys={nothing} />
      <Banners state={state} instances={[]} servers={[]} />
      <main aria-busy="true" aria-label="Waiting for haprobe">
        {isShown && (
          <>
            <section className="band">
              <div className="band-words">
                <span className="bar band-bar" />
                <span className="bar band-bar-2" />
              </div>
            </section>
            <div className="content">
              <Counters counts={null} chosen={[]} onChoose={nothing} />
              <div className="block">
                <LoadingFrame />
              </div>
            </div>
          </>
        )}
      </main>
    </div>
  );
}
