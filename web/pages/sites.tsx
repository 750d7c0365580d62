import { memo } from "react";
import { BackendCells } from "../components/backend-cells.tsx";
import { ElapsedTime } from "../components/elapsed-time.tsx";
import { Glyph } from "../components/glyph.tsx";
import { Name } from "../components/name.tsx";
import { PageLink } from "../components/page-link.tsx";
import { formatPlural } from "../lib/quantity-format.ts";
import { routeOf } from "../lib/route.ts";
import { hasSameMembers } from "../lib/same-members.ts";
import { type SiteLine, siteLines } from "../lib/site-lines.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import type { FleetView } from "../state/use-fleet-view.ts";
import { useKeyboardShortcuts } from "../state/use-keyboard-shortcuts.ts";
import { useVantages } from "../state/use-vantages.ts";
import "./sites.css";

/** The map of sites: a line for each with a cell for each of its servers, worst first. */
export default function Sites({ view }: { view: FleetView }) {
  const client = useDashboardClient();
  const { fleet, moment } = view;
  // Who reported at a past moment is said with each server.
  const vantages = useVantages(moment === null);
  useKeyboardShortcuts({
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    ArrowDown: () => moveFocus(1),
    ArrowUp: () => moveFocus(-1),
  });
  const lines = siteLines({ ...view, sites: fleet.sites, vantages, now: moment ?? client.time().now });
  return (
    <div className="content">
      <h1 className="visually-hidden">Sites</h1>
      {lines.length < 2 ? (
        <p className="block list-empty">
          <b>One site.</b> Once HAProxies have a <code className="mono">site</code> each, they are listed here.
        </p>
      ) : (
        <section className="block" aria-label="Sites">
          <h2 className="list-head">
            {formatPlural(lines.length, "site")} <span className="muted">a cell for each server, worst first</span>
          </h2>
          <ul>
            {lines.map((line) => (
              <SiteItem key={line.site} line={line} />
            ))}
          </ul>
        </section>
      )}
      {moment !== null && <p className="table-note">Which vantages reported then is with each server.</p>}
    </div>
  );
}

const SiteItem = memo(
  function SiteItem({ line }: { line: SiteLine }) {
    const { site, glyph, sentence, since, healthy, vantages, isVantageLost, members } = line;
    return (
      <li>
        <PageLink
          to={routeOf("servers")}
          parameters={{ site }}
          className={`site-line verdict-${glyph === "settling" ? "suspected" : glyph}`}
        >
          <span className="site-name">
            <Glyph name={glyph} />
            <b>
              <Name text={site} />
            </b>
          </span>
          <span className="site-cells">
            <BackendCells members={members} />
          </span>
          <span className="site-healthy num">{healthy}</span>
          <span className="site-sentence">{sentence}</span>
          <span className={isVantageLost ? "site-vantages verdict-suspected verdict-text" : "site-vantages muted"}>
            {vantages}
          </span>
          <span className="site-since">{since !== null && <ElapsedTime since={since} short />}</span>
        </PageLink>
      </li>
    );
  },
  ({ line: a }, { line: b }) => hasSameMembers(a, b),
);

/** Moves the focus among the lines. */
function moveFocus(step: 1 | -1): void {
  const lines = [...document.querySelectorAll<HTMLElement>(".site-line")];
  const at = lines.findIndex((line) => line === document.activeElement);
  lines[at === -1 ? 0 : Math.max(0, Math.min(lines.length - 1, at + step))]?.focus();
}
