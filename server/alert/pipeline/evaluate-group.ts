import { BOUNDS } from "../../bounds.ts";
import type { RouteSettings, Silence, SilenceWindow } from "../../contract/alert-settings.ts";
import type { Alert } from "../../contract/notification.ts";
import { decideMessage, type MessageDecision } from "./decide-message.ts";
import { groupOf } from "./group-key.ts";
import { alertsOfMessage, type OutboxBody } from "./group-message-state.ts";
import { inhibitAlert } from "./inhibit-alert.ts";
import { held, type OpenAlert, PASSED, type StageResult } from "./open-alert.ts";
import { routeAlert } from "./route-alert.ts";
import { silenceAlert } from "./silence-alert.ts";

/** All that is firing, and what may hold it; for one group, at least what belongs to it. */
export interface AlertSituation {
  readonly open: readonly OpenAlert[];
  /** All notices, by which other alerts are inhibited. */
  readonly notices: readonly OpenAlert[];
  readonly routes: readonly RouteSettings[];
  readonly silences: readonly Silence[];
  readonly windows: readonly SilenceWindow[];
  readonly now: number;
}

/** An alert that is not sent, and why. */
export interface HeldAlert {
  readonly open: OpenAlert;
  readonly why: string;
}

/** What to send about a group to one channel, with the alerts that are held and the reason of each. */
export interface GroupEvaluation {
  readonly decision: MessageDecision;
  readonly held: readonly HeldAlert[];
}

/**
 * Match, silence, inhibit and dedupe for one group at one channel. `last` is the newest message of its lane; `ended` gives
 * the end of an alert that it named.
 */
export function evaluateGroup(
  group: string,
  route: RouteSettings,
  situation: AlertSituation,
  last: { readonly body: OutboxBody; readonly madeAt: number } | null,
  ended: (id: string) => Alert | null,
): GroupEvaluation {
  const sentOpen = new Map((last?.body.sent ?? []).filter((each) => !each.isResolved).map((each) => [each.id, each]));
  const isSent = ({ alert }: OpenAlert): boolean => sentOpen.has(alert.id);
  const firing: OpenAlert[] = [];
  const heldAlerts: HeldAlert[] = [];
  const openIds = new Set<string>();
  for (const open of situation.open) {
    const wasSent = sentOpen.has(open.alert.id);
    if (!wasSent && groupOf(route, open.alert) !== group) continue;
    openIds.add(open.alert.id);
    const result = passStages(open, route, situation, wasSent);
    if (result.kind === "passed") firing.push(open);
    else heldAlerts.push({ open, why: result.why });
  }
  const known = alertsOfMessage(last?.body ?? null);
  const heldIds = new Set(heldAlerts.map(({ open }) => open.alert.id));
  const endedAlerts = [...sentOpen.values()].flatMap(({ id, urgency }) => {
    if (openIds.has(id)) return [];
    const alert = ended(id);
    // Neither firing nor ended: nothing is known of it yet.
    if (alert === null) heldIds.add(id);
    // The end has the urgency and the labels of the beginning, by which receivers route and find it.
    return alert === null ? [] : [{ ...alert, urgency, labels: known.get(id)?.labels ?? alert.labels }];
  });
  // A message has room for all that was sent before, so that the end of none is lost.
  const room = BOUNDS.alertGroupMax - sentOpen.size + (route.sendResolved ? 0 : endedAlerts.length);
  const decision = decideMessage({
    route,
    firing: [...firing.filter(isSent), ...firing.filter((open) => !isSent(open)).slice(0, room)],
    heldIds,
    ended: endedAlerts,
    last: last === null ? null : { at: last.madeAt, sent: last.body.sent },
    now: situation.now,
  });
  return { decision, held: heldAlerts };
}

/** An alert whose firing was sent stays with its route, so that its end arrives there too. */
function passStages(open: OpenAlert, route: RouteSettings, situation: AlertSituation, wasSent: boolean): StageResult {
  const { routes, silences, windows, now, notices } = situation;
  if (!wasSent) {
    const result = routeAlert(open, routes, now).find((each) => each.route.name === route.name);
    if (result?.taken !== true) return held(result?.why ?? "its route is gone");
  }
  const silenced = silenceAlert(open, silences, windows, now);
  if (silenced.kind === "held") return silenced;
  return notices.length === 0 ? PASSED : inhibitAlert(open, notices);
}
