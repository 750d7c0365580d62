import { useLayoutEffect, useState } from "react";
import { formatRate } from "../lib/quantity-format.ts";
import { formatTimeOfDay } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

interface TrafficRateProps {
  readonly serverKeys: readonly string[];
  /** HAProxy's mode: sessions are requests in `http`. */
  readonly mode: string;
  /** Age in milliseconds from which it is marked as old. */
  readonly staleAfterMs: number;
  /** Comes before the rate, which then is left out while it is not known. */
  readonly separator?: string;
}

/**
 * New sessions or requests per second at these servers: `24 sess/s`; nothing of a past moment is known. Counters of a large
 * fleet come in turn: a rate that ended or began long ago is grey and says of what time it is.
 */
export function TrafficRate({ serverKeys, mode, staleAfterMs, separator = "" }: TrafficRateProps) {
  const client = useDashboardClient();
  const [text, setText] = useState("");
  const [period, setPeriod] = useState<string | null>(null);
  useLayoutEffect(
    () =>
      client.ticker.register(({ now }) => {
        const rate = client.moment === null ? client.traffic.rateOf(serverKeys) : null;
        const isOld = rate !== null && (now - rate.to > staleAfterMs || rate.to - rate.from > staleAfterMs);
        setText(
          rate === null
            ? separator === ""
              ? "–"
              : ""
            : `${separator}${formatRate(rate.perSecond)} ${mode === "http" ? "req/s" : "sess/s"}`,
        );
        setPeriod(isOld ? `average from ${formatTimeOfDay(rate.from)} to ${formatTimeOfDay(rate.to)}` : null);
      }),
    [client, serverKeys, mode, staleAfterMs, separator],
  );
  // A new element for each text: a text of the same one that grows to the left counts as a layout shift in Chromium.
  return (
    <span key={text} className={period === null ? "rate num" : "rate num muted"} title={period ?? undefined}>
      {text}
    </span>
  );
}
