import { useCallback } from "react";
import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import type { InstanceStatus } from "../../server/contract/status.ts";
import { formatTimeOfDay, zoneName } from "../lib/time-format.ts";
import type { GlyphName } from "../lib/display-verdict.ts";
import { formatAge, formatShortElapsed } from "../lib/quantity-format.ts";
import { isUnreachable, lastContactAt } from "../lib/no-mismatch-headline.ts";
import type { TickTime } from "../lib/ticker.ts";
import { SearchIcon, ThemeIcon } from "./icons.tsx";
import { Logo } from "./logo.tsx";
import { LiveText } from "./live-text.tsx";
import "./top-bar.css";

interface TopBarProps {
  readonly state: "connecting" | "live" | "lost" | "outdated";
  readonly worst: GlyphName | null;
  readonly instances: readonly InstanceStatus[];
  /** Newest probe result, haprobe's clock; null without one. */
  readonly probedAt: number | null;
  readonly onSearch: () => void;
  readonly onShowShortcuts: () => void;
}

const SHOWN_AGES = 4;

/** Mark, the pages that exist, the clock, and the age of what each witness said last. */
export function TopBar({ state, worst, instances, probedAt, onSearch, onShowShortcuts: onKeys }: TopBarProps) {
  const toggle = useThemeToggle();
  const silent = instances.filter(isUnreachable);
  const shown = [...silent, ...instances.filter((instance) => !isUnreachable(instance))].slice(0, SHOWN_AGES);
  return (
    <header className="top-bar">
      <Logo worst={worst} />
      <span className="top-name">haprobe</span>
      <nav className="top-pages" aria-label="Pages">
        <a className="top-page" aria-current="page" href="./">
          Overview
        </a>
      </nav>
      <div className="top-facts">
        {state === "connecting" && <span className="quiet">connecting</span>}
        {state === "lost" && <span>disconnected</span>}
        {state === "live" && (
          <>
            <LiveText format={formatClock} className="top-clock" />
            {instances.length === 0 && <span className="quiet">no HAProxy yet</span>}
            {shown.map((instance) => (
              <InstanceAge key={instance.name} instance={instance} />
            ))}
            {instances.length > SHOWN_AGES && <span className="quiet top-more">+{instances.length - SHOWN_AGES}</span>}
            {probedAt !== null && <DataAge name="probes" at={probedAt} staleAfterMs={15_000} />}
          </>
        )}
      </div>
      <div className="top-tools">
        <button type="button" className="tool" onClick={onSearch} aria-label="Search servers" aria-keyshortcuts="/">
          <SearchIcon />
          <span className="key top-key">/</span>
        </button>
        <button type="button" className="tool" onClick={toggle} aria-label="Light or dark" aria-keyshortcuts="t">
          <ThemeIcon />
        </button>
        <button type="button" className="tool top-keys" onClick={onKeys} aria-label="Keyboard" aria-keyshortcuts="?">
          <span className="key">?</span>
        </button>
      </div>
    </header>
  );
}

const formatClock = ({ now }: TickTime): string => `${formatTimeOfDay(now)} ${zoneName(now)}`;

function InstanceAge({ instance }: { instance: InstanceStatus }) {
  const at = lastContactAt(instance);
  if (isUnreachable(instance)) return <UnreachableAge name={instance.name} at={at} />;
  if (instance.state === "pending" || instance.lastPollAt === null) {
    return <span className="quiet age">{instance.name} first poll</span>;
  }
  // Three intervals, and some patience for messages that come in batches.
  return <DataAge name={instance.name} at={at} staleAfterMs={Math.max(5_000, 3 * instance.everyMs) + 2_000} />;
}

function UnreachableAge({ name, at }: { name: string; at: number }) {
  const text = useCallback(
    ({ now }: TickTime) => (Number.isFinite(at) ? `silent ${formatShortElapsed(now - at)}` : "silent"),
    [at],
  );
  return (
    <span className="su age age-silent">
      {name} <LiveText format={text} />
    </span>
  );
}

function DataAge({ name, at, staleAfterMs }: { name: string; at: number; staleAfterMs: number }) {
  const text = useCallback(
    ({ now }: TickTime) => (now - at > staleAfterMs ? `${formatAge(now - at)} old` : formatAge(now - at)),
    [at, staleAfterMs],
  );
  return (
    <span className="age">
      <span className="quiet">{name}</span> <LiveText format={text} className="age-value" />
    </span>
  );
}

/** Switches between light and dark; remembered by the browser. */
export function useThemeToggle(): () => void {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return useCallback(() => setColorScheme(scheme === "dark" ? "light" : "dark"), [scheme, setColorScheme]);
}
