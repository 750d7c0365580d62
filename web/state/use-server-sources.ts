import type { ServerSources } from "../../server/contract/server-sources.ts";
import { serverApiPath } from "../lib/server-path.ts";
import { formatMatch } from "../lib/silence-match.ts";
import { type Resource, useResource } from "./use-resource.ts";

const REFRESH_MS = 5_000;

/** What a server's object is made from; nothing is recorded of it, so that it is of the present only. */
export function useServerSources(serverKey: string, isPast: boolean): Resource<ServerSources> {
  const [sources] = useResource<ServerSources>(isPast ? null : `${serverApiPath(serverKey)}/sources`, REFRESH_MS);
  return sources;
}

/** The rule that the server is probed by: `1: backend k8s-*`. */
export function ruleText(sources: Resource<ServerSources>): string | null {
  if (sources.kind !== "ready") return null;
  const { rule } = sources.value;
  if (rule === null) return "none matches: haprobe chooses what to probe";
  const match = formatMatch(rule.match);
  return `${rule.place}: ${match === "" ? "every server" : match}`;
}
