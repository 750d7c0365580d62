import { useCallback } from "react";
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import type { InstanceStatus } from "../../server/contract/status.ts";
import { formatTimeOfDay, zoneName } from "../lib/time-format.ts";
import type { GlyphName } from "../lib/display-verdict.ts";
import { formatAge, formatShortElapsed } from "../lib/quantity-format.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import { shortenNames } from "../lib/short-names.ts";
import { haproxyStaleAfterMs, PROBE_STALE_AFTER_MS } from "../lib/staleness.ts";
import type { Route } from "../lib/route.ts";
import type { TickTime } from "../lib/ticker.ts";
import { SearchIcon, ThemeIcon } from "./icons.tsx";
import { FittingLine } from "./fitting-line.tsx";
import { Name } from "./name.tsx";
import { Logo } from "./logo.tsx";
import { type PageCounts, PageNavigation } from "./page-navigation.tsx";
import { LiveText } from "./live-text.tsx";
import "./top-bar.css";

interface TopBarProps {
  readonly state: "connecting" | "live" | "disconnected" | "outdated";
  readonly route: Route;
  readonly counts: PageCounts;
  readonly worst: GlyphName | null;
  readonly isKnown: boolean;
  /** The past moment that the page shows; null for the present. */
  readonly moment: number | null;
  readonly instances: readonly InstanceStatus[];
  /** Newest probe result, haprobe's clock; null without one. */
  readonly probedAt: number | null;
  readonly onSearch: () => void;
  readonly onShowShortcuts: () => void;
}

const SHOWN_AGES = 4;

/** Logo, pages, clock, and the age of each instance's last poll and of the newest probe result. */
export function TopBar(props: TopBarProps) {
  const { state, route, counts, worst, isKnown, moment, instances, probedAt, onSearch, onShowShortcuts } = props;
  const toggle = useThemeToggle();
  const unreachable = instances.filter(isUnreachable);
  const shown = [...unreachable, ...instances.filter((instance) => !isUnreachable(instance))].slice(0, SHOWN_AGES);
  const shortNames = shortenNames(instances.map(({ name }) => name));
  return (
    <header className="top-bar">
      <Logo worst={worst} isKnown={isKnown} />
      <span className="top-product">haprobe</span>
      <PageNavigation route={route} counts={counts} />
      <div className="top-status">
        {state === "connecting" && <span className="muted">connecting</span>}
        {state === "disconnected" && <span>disconnected</span>}
        {state === "live" && moment !== null && (
          <span className="top-past num">
            as of {formatTimeOfDay(moment)} {zoneName(moment)}
          </span>
        )}
        {state === "live" && moment === null && (
          <>
            <LiveText format={formatClock} className="top-clock" />
            {instances.length === 0 && <span className="muted">no HAProxy yet</span>}
            <OldestAge instances={instances} probedAt={probedAt} />
            <FittingLine total={instances.length}>
              {shown.map((instance) => (
                <InstanceAge
                  key={instance.name}
                  instance={instance}
                  shortName={shortNames.get(instance.name) ?? instance.name}
                />
              ))}
            </FittingLine>
            {probedAt !== null && (
              <DataAge name="probes" title="Newest probe result" at={probedAt} staleAfterMs={PROBE_STALE_AFTER_MS} />
            )}
          </>
        )}
      </div>
      <div className="top-actions">
        <button
          type="button"
          className="icon-button"
          onClick={onSearch}
          aria-label="Search servers"
          aria-keyshortcuts="/"
        >
          <SearchIcon />
          <span className="key top-key">/</span>
        </button>
        <button type="button" className="icon-button" onClick={toggle} aria-label="Toggle theme" aria-keyshortcuts="t">
          <ThemeIcon />
        </button>
        <button
          type="button"
          className="icon-button top-shortcuts"
          onClick={onShowShortcuts}
          aria-label="Keyboard shortcuts"
          aria-keyshortcuts="?"
        >
          <span className="key">?</span>
        </button>
      </div>
    </header>
  );
}

const formatClock = ({ now }: TickTime): string => `${formatTimeOfDay(now)} ${zoneName(now)}`;

/** All ages as the oldest one, where there is no room for each. */
function OldestAge({ instances, probedAt }: Pick<TopBarProps, "instances" | "probedAt">) {
  const unreachable = instances.filter(isUnreachable);
  const polls = instances.filter(({ lastPollAt }) => lastPollAt !== null).map(lastContactAt);
  const oldest = Math.min(...polls, probedAt ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(oldest)) return null;
  const staleAfterMs = Math.max(PROBE_STALE_AFTER_MS, ...instances.map(haproxyStaleAfterMs));
  const [silent] = unreachable;
  return (
    <span className="top-oldest">
      {silent === undefined ? (
        <DataAge name="live" title="Oldest value" at={oldest} staleAfterMs={staleAfterMs} />
      ) : (
        <UnreachableAge
          name={unreachable.length === 1 ? silent.name : `${unreachable.length} HAProxies`}
          title={silent.name}
          at={oldest}
        />
      )}
    </span>
  );
}

function InstanceAge({ instance, shortName }: { instance: InstanceStatus; shortName: string }) {
  const at = lastContactAt(instance);
  if (isUnreachable(instance)) return <UnreachableAge name={shortName} title={instance.name} at={at} />;
  if (instance.state === "pending" || instance.lastPollAt === null) {
    return (
      <span className="muted age" title={instance.name}>
        <Name text={shortName} /> first poll
      </span>
    );
  }
  return <DataAge name={shortName} title={instance.name} at={at} staleAfterMs={haproxyStaleAfterMs(instance)} />;
}

function UnreachableAge({ name, title, at }: { name: string; title: string; at: number }) {
  const text = useCallback(
    ({ now }: TickTime) => (Number.isFinite(at) ? `no response ${formatShortElapsed(now - at)}` : "no response"),
    [at],
  );
  return (
    <span className="verdict-suspected age age-unreachable" title={title}>
      <Name text={name} /> <LiveText format={text} className="age-value" />
    </span>
  );
}

interface DataAgeProps {
  readonly name: string;
  readonly title: string;
  readonly at: number;
  readonly staleAfterMs: number;
}

function DataAge({ name, title, at, staleAfterMs }: DataAgeProps) {
  const text = useCallback(
    ({ now }: TickTime) => (now - at > staleAfterMs ? `${formatAge(now - at)} old` : formatAge(now - at)),
    [at, staleAfterMs],
  );
  return (
    <span className="age" title={title}>
      <Name text={name} className="muted" /> <LiveText format={text} className="age-value" />
    </span>
  );
}

/** Toggles between light and dark theme; the browser stores the choice. */
export function useThemeToggle(): () => void {
  // Without keepTransitions Mantine injects a style element, which the content security policy forbids.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useComputedColorScheme("light");
  return useCallback(() => setColorScheme(scheme === "dark" ? "light" : "dark"), [scheme, setColorScheme]);
}
