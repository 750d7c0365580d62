import { afterEach, expect, test, vi } from "vitest";
import {
  newNotifications,
  notificationSetting,
  onNotificationSetting,
  switchNotifications,
} from "../../web/lib/desktop-notifications.ts";
import { toMismatchGroup } from "../../web/lib/mismatch-group.ts";
import { falseUpApiserver, sampleServer } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 27, 14);
const groupOf = (...servers: Parameters<typeof toMismatchGroup>[0]) => {
  const group = toMismatchGroup(servers);
  if (group === null) throw new Error("no mismatch");
  return group;
};

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

/** A browser that grants permission when it is asked. */
function stubBrowser(answer: NotificationPermission): { asked: number; permission: NotificationPermission } {
  const browser = {
    asked: 0,
    permission: "default" as NotificationPermission,
    requestPermission: async () => {
      browser.asked += 1;
      browser.permission = answer;
      return answer;
    },
  };
  vi.stubGlobal("Notification", browser);
  vi.stubGlobal("isSecureContext", true);
  return browser;
}

test("notifications are off, and no permission is asked for, until a person switches them on", async () => {
  const browser = stubBrowser("granted");
  expect(notificationSetting()).toBe("off");
  expect(browser.asked).toBe(0);
  const changes: string[] = [];
  const unsubscribe = onNotificationSetting(() => changes.push(notificationSetting()));
  await switchNotifications(true);
  await switchNotifications(false);
  unsubscribe();
  expect(changes).toEqual(["on", "off"]);
  expect(browser.asked).toBe(1);
});

test("a browser that refuses, or has none, is said to", async () => {
  expect(notificationSetting()).toBe("unavailable");
  stubBrowser("denied");
  await switchNotifications(true);
  expect(notificationSetting()).toBe("denied");
});

test("only a new false-up that is not healing notifies, once", () => {
  const cp2 = groupOf(falseUpApiserver(NOW));
  const healing = { ...groupOf(falseUpApiserver(NOW, { server: "cp-3" })), isHealing: true };
  const down = groupOf(sampleServer(NOW, { verdict: "false-down", phase: "confirmed", server: "web-11" }));
  expect(newNotifications(new Set(), [cp2, healing, down])).toEqual([
    {
      tag: "lb-1/k8s-api/cp-2",
      key: "lb-1/k8s-api/cp-2",
      title: "cp-2: false UP",
      body: "UP in HAProxy but failing /readyz (etcd), k8s-api on lb-1",
    },
  ]);
  expect(newNotifications(new Set([cp2.id]), [cp2])).toEqual([]);
});
