import type { Store } from "../contract/store.ts";

/** What alerting needs of a store: the outbox, timers, silences and incidents. */
export type AlertStore = Pick<
  Store,
  | "commit"
  | "claim"
  | "settle"
  | "lane"
  | "notifications"
  | "notification"
  | "resend"
  | "outboxBacklog"
  | "silences"
  | "putSilence"
  | "openIncidentsPage"
  | "incident"
>;
