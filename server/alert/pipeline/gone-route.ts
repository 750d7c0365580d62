import { BOUNDS } from "../../bounds.ts";
import type { RouteSettings } from "../../contract/alert-settings.ts";
import type { MessageDecision } from "./decide-message.ts";

/** Stands for a route that the configuration has no more. */
export const NO_ROUTE: RouteSettings = {
  name: "",
  match: {},
  channels: [],
  continue: false,
  waitMs: 0,
  groupBy: [],
  groupWaitMs: 0,
  groupIntervalMs: BOUNDS.alertGroupIntervalMs,
  repeatMs: null,
  sendResolved: true,
  hours: null,
};

/** Only the end of what was sent. */
export function withoutUpdates(decision: MessageDecision): MessageDecision {
  if (decision.kind === "nothing" || decision.as === "resolved") return decision;
  return { kind: "nothing", why: "no route leads to the channel any more", againInMs: decision.againInMs };
}
