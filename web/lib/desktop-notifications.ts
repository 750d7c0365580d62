import { failureText } from "./server-text.ts";
import { groupName, type MismatchGroup } from "./mismatch-group.ts";

const STORAGE_KEY = "haprobe:desktop-notifications";
const CHANGED = "haprobe:desktop-notifications";

/** `unavailable`: the browser has none, such as over plain HTTP; `denied`: a person refused them. */
export type NotificationSetting = "on" | "off" | "denied" | "unavailable";

/** What the person and the browser allow; `off` until it is asked for. */
export function notificationSetting(): NotificationSetting {
  if (!("Notification" in window) || !window.isSecureContext) return "unavailable";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && readChoice() === "on" ? "on" : "off";
}

/** Switches them on, for which the browser asks the person, or off. */
export async function switchNotifications(on: boolean): Promise<void> {
  if (on) await Notification.requestPermission();
  try {
    localStorage.setItem(STORAGE_KEY, on ? "on" : "off");
  } catch {
    // Without storage they stay off.
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** Calls `listener` after each change of the setting; the returned function unsubscribes. */
export function onNotificationSetting(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener(CHANGED, listener);
    window.removeEventListener("storage", listener);
  };
}

/** Title and text of a notification; its tag replaces an older one about the same fault. */
export interface DesktopNotification {
  readonly tag: string;
  readonly key: string;
  readonly title: string;
  readonly body: string;
}

/** The false-ups that are new since `known`, which holds the ids of those before. Healing and false-down ones are none. */
export function newNotifications(
  known: ReadonlySet<string>,
  mismatches: readonly MismatchGroup[],
): readonly DesktopNotification[] {
  return mismatches
    .filter(({ id, verdict, isHealing }) => verdict === "false-up" && !isHealing && !known.has(id))
    .map((mismatch) => ({
      tag: mismatch.id,
      key: mismatch.first.key,
      title: `${groupName(mismatch)}: false UP`,
      body: `UP in HAProxy but ${failureText(mismatch.first.probe)}, ${mismatch.first.backend} on ${mismatch.first.instance}`,
    }));
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
