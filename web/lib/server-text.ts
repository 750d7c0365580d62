import type { ProbeKind } from "../../server/contract/probe-result.ts";
import type { HaproxySide, ProbeSide, ServerStatus } from "../../server/contract/status.ts";
import { formatList, formatMilliseconds } from "./quantity-format.ts";

/** A cell of the table: what leads, and what stands quietly behind it. */
export interface SideText {
  readonly primary: string;
  /** Names of failing sub-checks: evidence, so it may wear the verdict's colour. */
  readonly failing: string;
  readonly secondary: string;
  /** How long it took; the first to go where there is little room. */
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

/** What HAProxy says, in its own words: `UP` and `L4OK 0 ms`. */
export function haproxySideText(side: HaproxySide): SideText {
  const isGood = side.checkStatus?.endsWith("OK") ?? false;
  const took = isGood && side.checkDurationMs !== null ? formatMilliseconds(side.checkDurationMs) : "";
  return { primary: side.status, failing: "", secondary: checkText(side), duration: took };
}

/** `L7STS/401`, `L4OK`, or nothing. */
export function checkText(side: HaproxySide): string {
  if (side.checkStatus === null) return "";
  return side.checkCode === null || side.checkCode === 0 ? side.checkStatus : `${side.checkStatus}/${side.checkCode}`;
}

/** What we saw: `500`, `etcd` and `12.3 ms`; `200` and `/readyz 3.9 ms`. */
export function probeSideText(side: ProbeSide): SideText {
  if (side.outcome === "skipped") return { primary: "not probed", failing: "", secondary: "", duration: "" };
  if (side.outcome === "pending" || side.kind === null)
    return { primary: "no answer yet", failing: "", secondary: "", duration: "" };
  const took = side.durationMs === null ? "" : formatMilliseconds(side.durationMs);
  const lead =
    side.kind === "answered" && side.httpStatus !== null ? String(side.httpStatus) : PROBE_KIND_LABELS[side.kind];
  if (side.failing.length > 0) {
    const [first = "", ...more] = distinctFailing(side.failing);
    return {
      primary: lead,
      failing: more.length > 0 ? `${first} +${more.length}` : first,
      secondary: "",
      duration: took,
    };
  }
  return { primary: lead, failing: "", secondary: side.kind === "answered" ? urlPath(side.url) : "", duration: took };
}

/** Failing sub-checks without those that only repeat another: `etcd-readiness` says no more than `etcd`. */
export function distinctFailing(failing: readonly string[]): string[] {
  return failing.filter((name) => !failing.some((other) => other !== name && name.startsWith(`${other}-`)));
}

/** Path and query of the probed address; empty if there is none. */
export function urlPath(url: string | null): string {
  if (url === null || !URL.canParse(url)) return "";
  const parsed = new URL(url);
  return parsed.pathname + parsed.search;
}

/** How a server fails, after "is UP in HAProxy and": `failing /readyz (etcd)`. */
export function failureText(side: ProbeSide): string {
  const path = urlPath(side.url);
  switch (side.kind) {
    case null:
    case "answered": {
      if (path === "") return "failing its probe";
      const why = side.failing.length > 0 ? formatList(distinctFailing(side.failing), 2) : (side.httpStatus ?? "");
      return why === "" ? `failing ${path}` : `failing ${path} (${why})`;
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

/** Whether HAProxy's own check can ever notice this failure (the table of depths); null depth: assume that it can. */
export function canCheckDetect(server: ServerStatus): boolean {
  if (server.reason === "check-asks-something-else") return false;
  const stage = server.probe.stage ?? "answer";
  switch (server.haproxy.depth) {
    case "none":
      return false;
    case "connection":
      return stage === "connect";
    case "tls":
      return stage !== "answer";
    default:
      return server.quality !== "check-accepts-error";
  }
}

/** How far HAProxy's check looks, in words: `port only`. */
export function depthText(side: HaproxySide): string {
  switch (side.depth) {
    case "none":
      return "no check";
    case "connection":
      return "port only";
    case "tls":
      return "handshake only";
    case "application":
      return "a real answer";
    case null:
      return "not seen yet";
  }
}
