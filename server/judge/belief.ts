import type { OutOfServiceReason, Reason } from "../contract/reason.ts";
import type { ServerView } from "../contract/view.ts";

/** What HAProxy believes of a server: it may get traffic, it may not, or it was taken out of service. */
export type Belief =
  | { readonly kind: "up" }
  | { readonly kind: "down" }
  | { readonly kind: "off"; readonly reason: OutOfServiceReason }
  | { readonly kind: "unknown"; readonly reason: UnknownBeliefReason };

/** Why HAProxy's view does not say whether a server may get traffic, or that it gets none on purpose. */
export type UnknownBeliefReason = Extract<Reason, "haproxy-status-unknown" | "name-unresolved">;

const UP: Belief = { kind: "up" };
const DOWN: Belief = { kind: "down" };

/** Derives the belief from a view. Out of service wins over all else: a DOWN server in MAINT is off. */
export function deriveBelief(view: ServerView): Belief {
  switch (view.state) {
    case "unknown":
      return { kind: "unknown", reason: "haproxy-status-unknown" };
    case "maint":
      if (view.address.kind === "unresolved" && view.status.includes("resolution"))
        return { kind: "unknown", reason: "name-unresolved" };
      // HAProxy holds unused slots of a server-template in MAINT (resolution), without an address.
      return outOfService(
        view.address.kind === "none" && view.status.includes("resolution") ? "template-slot" : "maintenance",
      );
    case "drain":
      return outOfService("drain");
    case "nolb":
      return outOfService("nolb");
    case "down":
      return DOWN;
    case "up":
    case "no-check":
      // `set weight 0` and an agent's `0%` leave the status at UP, and no new session comes.
      return view.weight === 0 ? outOfService("weight-zero") : UP;
  }
}

function outOfService(reason: OutOfServiceReason): Belief {
  return { kind: "off", reason };
}

/** True where HAProxy would send new traffic, backups aside (its own srv_currently_usable). */
export function isUsable(view: ServerView): boolean {
  return deriveBelief(view).kind === "up";
}
