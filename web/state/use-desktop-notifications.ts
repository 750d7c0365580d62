import { useEffect, useRef } from "react";
import { newNotifications, notificationSetting } from "../lib/desktop-notifications.ts";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { hrefOf, navigate } from "../lib/navigation.ts";

/** Shows a notification of the desktop for each new false-up, if the person asked for it; none for those of the beginning. */
export function useDesktopNotifications(mismatches: readonly MismatchGroup[]): void {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(mismatches.map(({ id }) => id));
    if (before === null || notificationSetting() !== "on") return;
    for (const { title, body, tag, key } of newNotifications(before, mismatches)) show(title, body, tag, key);
  }, [mismatches]);
}

function show(title: string, body: string, tag: string, key: string): void {
  try {
    const notification = new Notification(title, { body, tag, icon: "./icon-192.png" });
    notification.addEventListener("click", () => {
      window.focus();
      navigate(hrefOf({ page: "servers", key }));
      notification.close();
    });
  } catch {
    // Some browsers show notifications of a service worker only.
  }
}
