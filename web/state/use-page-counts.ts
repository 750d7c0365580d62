import type { Finding } from "../../server/contract/finding.ts";
import { useIncidents } from "./dashboard-client-context.ts";
import { useResource } from "./use-resource.ts";

const FINDINGS_MAX = 100;
const REFRESH_MS = 30_000;

/** Number of incidents that have not ended and are not expected. */
export function useOpenIncidentCount(): number {
  return useIncidents().filter(({ state, expected }) => state !== "ended" && expected === null).length;
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
