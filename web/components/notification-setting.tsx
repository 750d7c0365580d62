import { useSyncExternalStore } from "react";
import { notificationSetting, onNotificationSetting, switchNotifications } from "../lib/desktop-notifications.ts";

const REASONS = {
  on: "This browser shows a notification for each new confirmed false UP while the page is open.",
  off: "Off until you switch it on; the browser then asks for your permission.",
  denied: "This browser refuses notifications of this page.",
  unavailable: "The browser shows none here: it needs HTTPS or localhost.",
} as const;

/** The switch for notifications of the desktop. */
export function DesktopNotificationSetting() {
  const setting = useSyncExternalStore(onNotificationSetting, notificationSetting);
  return (
    <label className="setting-switch">
      <input
        type="checkbox"
        checked={setting === "on"}
        disabled={setting === "denied" || setting === "unavailable"}
        onChange={(event) => void switchNotifications(event.currentTarget.checked)}
      />
      <span>
        Desktop notifications <span className="muted">{REASONS[setting]}</span>
      </span>
    </label>
  );
}
