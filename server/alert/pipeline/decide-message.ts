import { ALERT_URGENCIES, type Alert, type NotificationKind } from "../../contract/notification.ts";
import type { RouteSettings } from "../../contract/alert-settings.ts";
import { formatCount, formatSpan } from "../../contract/quantity-text.ts";
import type { SentAlert } from "./group-message-state.ts";
import type { OpenAlert } from "./open-alert.ts";

/** A group of alerts at one channel: what holds now, and what its receiver was sent last. */
export interface GroupState {
  readonly route: RouteSettings;
  /** Firing alerts that passed match, silence and inhibition. */
  readonly firing: readonly OpenAlert[];
  /** Firing alerts that are held although the last message named them: they neither change nor end. */
  readonly heldIds: ReadonlySet<string>;
  /** Alerts of the last message that have ended since. */
  readonly ended: readonly Alert[];
  /** Null where there was none, or all in it was resolved. */
  readonly last: { readonly at: number; readonly sent: readonly SentAlert[] } | null;
  readonly now: number;
}

/** What to do about a group now, and when to look at it again. */
export type MessageDecision = (
  | {
      readonly kind: "send";
      readonly as: Extract<NotificationKind, "firing" | "updated" | "resolved">;
      readonly cause: string;
      readonly alerts: readonly Alert[];
      /** What the last message was about as well, and this one does not mention. */
      readonly kept: readonly SentAlert[];
    }
  | { readonly kind: "nothing"; readonly why: string }
) & { readonly againInMs: number | null };

/** Compares what holds with what was sent. Pure; every decision has its reason. */
export function decideMessage(state: GroupState): MessageDecision {
  const { last, ended, route } = state;
  const open = (last?.sent ?? []).filter(({ isResolved }) => !isResolved);
  if (route.sendResolved) {
    return last === null || open.length === 0
      ? decideFirst(state, "nothing is firing")
      : decideNext(state, open, last.at);
  }
  // Without it, what has ended is as if it had never been sent.
  const left = open.filter(({ id }) => !ended.some((each) => each.id === id));
  if (last !== null && left.length > 0) return decideNext({ ...state, ended: [] }, left, last.at);
  return decideFirst(state, open.length > 0 ? "all ended; send-resolved is off" : "nothing is firing");
}

/** Nothing of the group is open at the receiver. */
function decideFirst({ route, firing, now }: GroupState, nothingWhy: string): MessageDecision {
  const open = firing.filter(({ isHealing }) => !isHealing);
  const ripeAt = open.map(({ confirmedAt }) => confirmedAt + route.waitMs);
  const [first] = ripeAt.toSorted((a, b) => a - b);
  if (first === undefined)
    return { kind: "nothing", why: firing.length === 0 ? nothingWhy : "healed within wait", againInMs: null };
  const dueAt = first + route.groupWaitMs;
  if (now < dueAt)
    return { kind: "nothing", why: `waits until ${new Date(dueAt).toISOString()}`, againInMs: dueAt - now };
  const ripe = open.filter((_open, index) => (ripeAt[index] ?? 0) <= now);
  return {
    kind: "send",
    as: "firing",
    cause: "new",
    alerts: alertsOf(ripe),
    kept: [],
    againInMs: route.groupIntervalMs,
  };
}

function decideNext(state: GroupState, open: readonly SentAlert[], lastAt: number): MessageDecision {
  const { route, firing, heldIds, ended, now } = state;
  const sent = new Map(open.map((each) => [each.id, each]));
  const still = firing.filter(({ alert }) => sent.has(alert.id));
  const fresh = firing.filter(({ alert, isHealing }) => !sent.has(alert.id) && !isHealing);
  const joined = fresh.filter(({ confirmedAt }) => confirmedAt + route.waitMs <= now);
  const kept = open.filter(({ id }) => heldIds.has(id));
  if (still.length + joined.length + kept.length === 0) {
    const next = decideFirst(state, "");
    const againInMs = next.kind === "send" ? 0 : next.againInMs;
    return { kind: "send", as: "resolved", cause: "resolved", alerts: ended, kept, againInMs };
  }
  // One that heals is either about to end or about to relapse.
  const lasting = still.filter(({ isHealing }) => !isHealing);
  const worse = lasting.filter(({ alert }) => isWorse(alert, sent.get(alert.id)));
  const changed = lasting.filter(
    ({ alert }) => !worse.some((each) => each.alert === alert) && isOther(alert, sent.get(alert.id)),
  );
  const causes = [
    joined.length > 0 ? `${joined.length} joined` : "",
    ended.length > 0 ? `${ended.length} ended` : "",
    worse.length > 0 ? `now ${worse[0]?.alert.urgency}` : "",
    changed.length > 0 ? `${formatCount(changed.length, "alert")} changed` : "",
  ].filter(Boolean);
  const ripeInMs = fresh.map(({ confirmedAt }) => confirmedAt + route.waitMs - now).filter((inMs) => inMs > 0);
  const againInMs = Math.min(route.groupIntervalMs, ...ripeInMs);
  const intervalEnd = lastAt + route.groupIntervalMs;
  if (causes.length > 0) {
    // More urgent is news at once.
    if (worse.length === 0 && now < intervalEnd) {
      return { kind: "nothing", why: `${causes.join(", ")}; waits for group-interval`, againInMs: intervalEnd - now };
    }
    const alerts = [...alertsOf([...still, ...joined]), ...ended];
    return { kind: "send", as: "updated", cause: causes.join(", "), alerts, kept, againInMs: route.groupIntervalMs };
  }
  if (route.repeatMs === null || now < lastAt + route.repeatMs) {
    return { kind: "nothing", why: "nothing changed since the last message", againInMs };
  }
  if (lasting.length === 0) return { kind: "nothing", why: "all that is firing is held or healing", againInMs };
  const acknowledged = lasting.find(({ alert }) => alert.acknowledgedBy !== null);
  if (acknowledged !== undefined && lasting.every(({ alert }) => alert.acknowledgedBy !== null)) {
    return { kind: "nothing", why: `acknowledged by ${acknowledged.alert.acknowledgedBy}`, againInMs };
  }
  const since = Math.min(...lasting.map(({ confirmedAt }) => confirmedAt));
  const cause = `still firing after ${formatSpan(now - since)}`;
  return { kind: "send", as: "updated", cause, alerts: alertsOf(still), kept, againInMs };
}

function isWorse(alert: Alert, sent: SentAlert | undefined): boolean {
  return sent !== undefined && ALERT_URGENCIES.indexOf(alert.urgency) < ALERT_URGENCIES.indexOf(sent.urgency);
}

/** Sessions grow all the time and are no news. */
function isOther(alert: Alert, sent: SentAlert | undefined): boolean {
  return (
    sent !== undefined &&
    (alert.reason !== sent.reason || alert.activeMembers !== sent.activeMembers || alert.urgency !== sent.urgency)
  );
}

function alertsOf(open: readonly OpenAlert[]): readonly Alert[] {
  return open.map(({ alert }) => alert);
}
