import { useCallback } from "react";
import { formatRate } from "../lib/quantity-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { LiveText } from "./live-text.tsx";

interface TrafficRateProps {
  readonly serverKeys: readonly string[];
  /** HAProxy's mode: sessions are requests in `http`. */
  readonly mode: string;
  /** Comes before the rate, which then is left out while it is not known. */
  readonly separator?: string;
}

/** New sessions or requests per second at these servers: `24 sess/s`; nothing of a past moment is known. */
export function TrafficRate({ serverKeys, mode, separator }: TrafficRateProps) {
  const client = useDashboardClient();
  const text = useCallback(() => {
    const rate = client.moment === null ? client.traffic.rateOf(serverKeys) : null;
    if (rate === null) return separator === undefined ? "–" : "";
    return `${separator ?? ""}${formatRate(rate)} ${mode === "http" ? "req/s" : "sess/s"}`;
  }, [client, serverKeys, mode, separator]);
  return <LiveText format={text} />;
}
