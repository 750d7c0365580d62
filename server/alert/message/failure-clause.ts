import type { ProbeSide } from "../../contract/status.ts";
import { toPlainLine } from "../plain-text.ts";

/** Names of failing sub-checks, and characters of each and of a path, in one clause. */
const NAMES_MAX = 2;
const NAME_CHARS = 24;
const PATH_CHARS = 40;

/** What a sentence needs of a probe's result: the newest one, or that at the opening of an incident. */
export type ProbeFinding = Pick<ProbeSide, "outcome" | "kind" | "stage" | "url" | "httpStatus" | "failing">;

/** What the probe found, as a participle: `failing /readyz (etcd)`, `refusing connections`, `passing /readyz`. */
export function failureClause(probe: ProbeFinding): string {
  const path = pathOf(probe.url);
  if (probe.outcome === "passed") return path === null ? "passing our probe" : `passing ${path}`;
  switch (probe.kind) {
    case "answered":
      return describeAnswer(probe, path);
    case "refused":
      return "refusing connections";
    case "timed-out":
      if (probe.stage === "connect") return "not accepting connections";
      if (probe.stage === "tls") return "not finishing the TLS handshake";
      return path === null ? "not answering" : `not answering ${path}`;
    case "reset":
      return "closing connections";
    case "tls-failed":
      return "failing TLS";
    case "dns-failed":
      return "without an address for our probe";
    case "protocol-error":
      return "answering with something that is not HTTP";
    case null:
      return "failing our probe";
    default:
      return probe.kind satisfies never;
  }
}

function describeAnswer({ failing, httpStatus }: ProbeFinding, path: string | null): string {
  const names = failing.slice(0, NAMES_MAX).map((name) => toPlainLine(name, NAME_CHARS));
  const more = failing.length > NAMES_MAX ? ` and ${failing.length - NAMES_MAX} more` : "";
  if (names.length > 0) return `failing ${path ?? "our probe"} (${names.join(", ")}${more})`;
  if (path === null) return "failing our probe";
  return httpStatus === null ? `failing ${path}` : `answering ${httpStatus} on ${path}`;
}

/** The path of an HTTP probe; null for other protocols. The query may hold secrets and is left out. */
function pathOf(url: string | null): string | null {
  if (url === null || !/^https?:\/\//.test(url)) return null;
  const path = URL.parse(url)?.pathname;
  return path === undefined ? null : toPlainLine(path, PATH_CHARS);
}
