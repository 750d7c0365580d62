import type { ProbeKind } from "../../server/contract/probe-result.ts";
import type { HaproxySide, ProbeSide } from "../../server/contract/status.ts";
import { formatList, formatMilliseconds } from "./quantity-format.ts";

/** Text of a table cell in parts. */
export interface SideText {
  readonly primary: string;
  /** Names of failing sub-checks; shown in the verdict's colour. */
  readonly failing: string;
  readonly secondary: string;
  /** Hidden first on narrow screens. */
  readonly duration: string;
}

const PROBE_KIND_LABELS: Readonly<Record<ProbeKind, string>> = {
  answered: "answered",
  refused: "refused",
  "timed-out": "timed out",
  reset: "reset",
  "tls-failed": "TLS failed",
  "dns-failed": "no DNS answer",
  "protocol-error": "not HTTP",
};

/** HAProxy's side: `UP` and `L4OK 0 ms`. */
export function haproxySideText(side: HaproxySide): SideText {
  const isGood = side.checkStatus?.endsWith("OK") ?? false;
  const duration = isGood && side.checkDurationMs !== null ? formatMilliseconds(side.checkDurationMs) : "";
  return { primary: side.status, failing: "", secondary: checkText(side), duration };
}

/** When HAProxy changed the server's state last, milliseconds of haprobe's clock; NaN where it does not say. */
export function changedAt({ at, changedSecondsAgo }: Pick<HaproxySide, "at" | "changedSecondsAgo">): number {
  return changedSecondsAgo === null ? Number.NaN : Date.parse(at) - changedSecondsAgo * 1_000;
}

/** `L7STS/401`, `L4OK`, or nothing. */
export function checkText(side: Pick<HaproxySide, "checkStatus" | "checkCode">): string {
  if (side.checkStatus === null) return "";
  return side.checkCode === null || side.checkCode === 0 ? side.checkStatus : `${side.checkStatus}/${side.checkCode}`;
}

/** haprobe's side: `500`, `etcd` and `12.3 ms`; `200` and `/readyz 3.9 ms`. */
export function probeSideText(side: ProbeSide): SideText {
  if (side.outcome === "skipped") return { primary: "not probed", failing: "", secondary: "", duration: "" };
  if (side.outcome === "pending" || side.kind === null)
    return { primary: "no answer yet", failing: "", secondary: "", duration: "" };
  const duration = side.durationMs === null ? "" : formatMilliseconds(side.durationMs);
  const primary =
    side.kind === "answered" && side.httpStatus !== null ? String(side.httpStatus) : PROBE_KIND_LABELS[side.kind];
  if (side.failing.length > 0) {
    const [first = "", ...more] = distinctFailing(side.failing);
    return {
      primary,
      failing: more.length > 0 ? `${first} +${more.length}` : first,
      secondary: "",
      duration,
    };
  }
  return { primary, failing: "", secondary: side.kind === "answered" ? urlPath(side.url) : "", duration };
}

/** Failing sub-checks without those that extend the name of another: `etcd-readiness` adds nothing to `etcd`. */
export function distinctFailing(failing: readonly string[]): string[] {
  return failing.filter((name) => !failing.some((other) => other !== name && name.startsWith(`${other}-`)));
}

/** Path and query of the probed URL; empty without one. */
export function urlPath(url: string | null): string {
  if (url === null || !URL.canParse(url)) return "";
  const parsed = new URL(url);
  return parsed.pathname + parsed.search;
}

/** How a server fails, after "is UP in HAProxy but": `failing /readyz (etcd)`. */
export function failureText(side: ProbeSide): string {
  const path = urlPath(side.url);
  switch (side.kind) {
    case null:
    case "answered": {
      if (path === "") return "failing its probe";
      const cause = side.failing.length > 0 ? formatList(distinctFailing(side.failing), 2) : (side.httpStatus ?? "");
      return cause === "" ? `failing ${path}` : `failing ${path} (${cause})`;
    }
    case "refused":
      return "refusing connections";
    case "timed-out":
      return side.stage === "connect" ? "not reachable" : `not answering ${path || "its probe"}`;
    case "reset":
      return "resetting connections";
    case "tls-failed":
      return "failing the TLS handshake";
    case "dns-failed":
      return "without a DNS answer";
    case "protocol-error":
      return "not speaking HTTP";
  }
}

/** What HAProxy's check verifies: `TCP connect only`. */
export function depthText(side: HaproxySide): string {
  switch (side.depth) {
    case "none":
      return "no check";
    case "connection":
      return "TCP connect only";
    case "tls":
      return "TLS handshake only";
    case "application":
      return "application response";
    case null:
      return "not observed yet";
  }
}
