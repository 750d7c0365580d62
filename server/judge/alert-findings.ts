import type { AlertStatus } from "../contract/alert-status.ts";
import type { FindingDraft } from "./findings.ts";

/** Findings about channels that do not take messages. */
export function createAlertFindings({ failing }: AlertStatus): readonly FindingDraft[] {
  const [first] = failing;
  if (first === undefined) return [];
  const others = failing.length > 1 ? ` and ${failing.length - 1} more` : "";
  const what = first.disabled ? "takes no more messages" : "does not take messages";
  return [
    {
      code: "alerts-not-sent",
      subject: { instance: null, backend: null, server: null },
      sentence: `Channel ${first.channel}${others} ${what}: ${first.error}`,
      advice: first.disabled
        ? "Correct the channel's URL, or remove it from the configuration; a reload begins anew."
        : "Check the receiver and the channel's keys; haprobe alert test CHANNEL shows what it answers. Messages wait and are sent again.",
      afterMs: 0,
    },
  ];
}
