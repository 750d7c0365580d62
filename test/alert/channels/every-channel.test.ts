import { describe, expect, test } from "vitest";
import { CHANNELS, formatMessage } from "../../../server/alert/channels/registry.ts";
import { groupMessage } from "../../../server/alert/message/group-message.ts";
import { incidentAlert } from "../../../server/alert/message/incident-alert.ts";
import type { ChannelType } from "../../../server/contract/alert-settings.ts";
import {
  HOSTILE,
  incidentRecord,
  member,
  sampleAlert,
  sampleNotification,
  serverStatus,
} from "../../support/sample-alerts.ts";
import { TRANSPORTS } from "./open-transports.ts";

const types = Object.keys(CHANNELS) as ChannelType[];

/** All that a receiver shows: the body of a request, or subject and text of a mail. */
function shownBy(type: ChannelType, notification = sampleNotification()): string {
  const message = formatMessage(notification, TRANSPORTS[type], 0);
  return message.kind === "http" ? message.body : `${message.subject}\n${message.text}`;
}

/** Every text of a JSON body as its reader sees it; a mail as it is. */
function textsOf(shown: string): string[] {
  const texts: string[] = [];
  if (!/^[[{]["{]/.test(shown)) return [shown];
  JSON.parse(shown, (_key, value: unknown) => {
    if (typeof value === "string") texts.push(value);
    return value;
  });
  return texts;
}

/** A message all of whose texts come from a hostile server. */
function hostileNotification() {
  const names = member("lb-1", HOSTILE.text, HOSTILE.text, 3);
  const record = incidentRecord({ sentence: HOSTILE.text, subject: HOSTILE.text, members: [names] });
  const server = serverStatus({ advice: HOSTILE.text, cure: [] }, { body: HOSTILE.text, failing: [HOSTILE.text] });
  const facts = { server: () => server, backendSize: () => 1, labels: () => ({}), publicUrl: null };
  const about = {
    id: "i",
    thread: "t",
    fingerprint: "f",
    n: 1,
    kind: "firing",
    at: "2026-11-22T10:00:00.000Z",
    cause: "new",
  } as const;
  return groupMessage([incidentAlert(record, facts)], about, null);
}

describe.each(types)("%s", (type) => {
  test("formats the same message for every attempt", () => {
    expect(shownBy(type)).toBe(shownBy(type));
  });

  test("has the whole story", () => {
    expect(shownBy(type).replaceAll("\u200b", "").replaceAll("\\", "")).toContain(
      "204 sessions so far, 2 of 3 servers left",
    );
  });

  test("shows no control character of a server, and no mark of the text's direction", () => {
    for (const text of textsOf(shownBy(type, hostileNotification()))) {
      expect(text.replaceAll("\n", " ")).not.toMatch(HOSTILE.unprintable);
    }
  });

  test("stays bounded with a thousand alerts of a thousand long texts", () => {
    const long = "x".repeat(200);
    const members = Array.from({ length: 20 }, () => sampleAlert().members[0]).flatMap((each) => each ?? []);
    const alert = sampleAlert({
      evidence: Array(12).fill(long),
      permanentFix: Array(10).fill(long),
      why: "y".repeat(500),
      members,
    });
    const notification = sampleNotification({ alerts: Array(20).fill(alert), alertCount: 1_000 });
    // Alertmanager and PagerDuty take 512 KB and more, every other one has a limit in its own test.
    expect(Buffer.byteLength(shownBy(type, notification))).toBeLessThan(type === "alertmanager" ? 200_000 : 40_000);
  });
});
