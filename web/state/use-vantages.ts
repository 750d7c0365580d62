import type { VantageReport } from "../../server/contract/vantage.ts";
import { useResource } from "./use-resource.ts";

const REFRESH_MS = 3_000;
const NONE: readonly VantageReport[] = [];

/** The vantages that report to this hub; none where `isWanted` is false, haprobe is alone, or they are not loaded yet. */
export function useVantages(isWanted = true): readonly VantageReport[] {
  const path = isWanted ? "api/v1/vantages" : null;
  const [answer] = useResource<{ readonly vantages: readonly VantageReport[] }>(path, REFRESH_MS);
  return answer.kind === "ready" ? answer.value.vantages : NONE;
}
