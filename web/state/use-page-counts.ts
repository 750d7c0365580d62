import type { Finding, FindingCode } from "../../server/contract/finding.ts";
import { useMemo } from "react";
import { useIncidents } from "./dashboard-client-context.ts";
import { useResource } from "./use-resource.ts";

const FINDINGS_MAX = 100;
const REFRESH_MS = 30_000;
/** Findings about haprobe itself that change what the page is worth, worst first. */
const OWN_CODES: readonly FindingCode[] = ["config-broken", "store-unavailable", "store-behind"];
const OWN_MAX = 10;
const OWN_REFRESH_MS = 15_000;
const NONE: readonly Finding[] = [];

/** Number of incidents that have not ended and are not expected. */
export function useOpenIncidentCount(): number {
  return useIncidents().filter(({ state, expected }) => state !== "ended" && expected === null).length;
}

/** Findings about haprobe's own configuration and history, worst first. */
export function useOwnFindings(): readonly Finding[] {
  const codes = OWN_CODES.map((code) => `code=${code}`).join("&");
  const [findings] = useResource<{ readonly findings: readonly Finding[] }>(
    `api/v1/findings?${codes}&limit=${OWN_MAX}`,
    OWN_REFRESH_MS,
  );
  const all = findings.kind === "ready" ? findings.value.findings : NONE;
  return useMemo(
    () => OWN_CODES.flatMap((code) => all.filter((finding) => finding.code === code && finding.vantages.length === 0)),
    [all],
  );
}

/** Number of findings as text, `100+` beyond; null until it is known. */
export function useFindingCount(): string | null {
  const [findings] = useResource<{ readonly findings: readonly Finding[]; readonly next: string | null }>(
    `api/v1/findings?limit=${FINDINGS_MAX}`,
    REFRESH_MS,
  );
  if (findings.kind !== "ready") return null;
  return `${findings.value.findings.length}${findings.value.next === null ? "" : "+"}`;
}
