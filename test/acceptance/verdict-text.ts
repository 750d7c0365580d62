import type { Finding } from "../../server/contract/finding.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { STATS_PROXY_PREFIX } from "../support/test-bed.ts";

/** `false-up confirmed probe-refused`, `agree-up`: verdict, phase and reason. */
export function verdictText({ verdict, phase, reason }: ServerStatus): string {
  return [verdict, phase, reason].filter((part) => part !== null).join(" ");
}

/** What is said of every server of the lab, by `instance/backend/server`; the lab's doors are left out. */
export function verdictsByServer(
  servers: readonly ServerStatus[],
  what: (server: ServerStatus) => string = verdictText,
) {
  return Object.fromEntries(
    servers
      .filter(({ backend }) => !backend.startsWith(STATS_PROXY_PREFIX))
      .map((server) => [server.key, what(server)]),
  );
}

/** The same words for every one of these instances. */
export function repeatForInstances(
  ways: readonly string[],
  words: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    ways.flatMap((way) => Object.entries(words).map(([server, says]) => [`${way}/${server}`, says])),
  );
}

/** `backend/server` with its words, from a table by backend and then by server. */
export function flattenTable(
  table: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([backend, servers]) =>
      Object.entries(servers).map(([server, says]) => [`${backend}/${server}`, says]),
    ),
  );
}

/** Qualities of checks as they are said, each once: `bare check-blind`. */
export function checkQualities(servers: readonly ServerStatus[]): Record<string, string> {
  const of = new Map<string, Set<string>>();
  for (const { backend, quality } of servers) {
    if (backend.startsWith(STATS_PROXY_PREFIX)) continue;
    of.set(backend, (of.get(backend) ?? new Set()).add(String(quality)));
  }
  return Object.fromEntries([...of].map(([backend, found]) => [backend, [...found].sort().join(" or ")]));
}

/** What a running haprobe says now. */
export async function readServers(url: string): Promise<readonly ServerStatus[]> {
  return ((await get(url, "servers")) as { servers: ServerStatus[] }).servers;
}

export async function readFindings(url: string): Promise<readonly Finding[]> {
  return ((await get(url, "findings")) as { findings: Finding[] }).findings;
}

async function get(url: string, list: string): Promise<unknown> {
  return (await fetch(`${url}/api/v1/${list}`)).json();
}
