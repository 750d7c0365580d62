import type { Notification } from "../contract/notification.ts";
import { type Check, fits, isCount, isObject, isText } from "../contract/shape.ts";
import type { OutboxBody } from "./pipeline/group-message-state.ts";

const isFlag: Check = (value) => typeof value === "boolean";
const isDate: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isLabels: Check = (value) => isObject(value) && Object.values(value as object).every(isTexts);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const BRIEF = {
  name: isText,
  isIncident: isFlag,
  site: isText,
  subject: isText,
  origin: isObject,
  labels: isLabels,
  sentence: isText,
  since: isDate,
};
const isAlert: Check = (value) =>
  fits(value, { ...BRIEF, id: isText, urgency: isText, members: listOf(isObject), evidence: isTexts });
const isSent: Check = (value) =>
  fits(value, { id: isText, urgency: isText, activeMembers: isCount, isResolved: isFlag }) &&
  (value["unnamed"] === undefined || fits(value["unnamed"], BRIEF));
const isNotification: Check = (value) =>
  fits(value, {
    id: isText,
    thread: isText,
    fingerprint: isText,
    n: isCount,
    kind: isText,
    at: isDate,
    urgency: isText,
    sentence: isText,
    cause: isText,
    alerts: listOf(isAlert),
    alertCount: isCount,
    isResolved: isFlag,
  });

/** The body of a message of the outbox; null for one that haprobe does not write, which a database may hold. */
export function parseOutboxBody(text: string): OutboxBody | null {
  try {
    const value: unknown = JSON.parse(text);
    const isBody = fits(value, { notification: isNotification, route: isText, sent: listOf(isSent), firstN: isCount });
    return isBody ? (value as unknown as OutboxBody) : null;
  } catch {
    return null;
  }
}

const NOTHING: Notification = {
  id: "",
  thread: "",
  fingerprint: "",
  n: 0,
  kind: "summary",
  at: new Date(0).toISOString(),
  urgency: "info",
  sentence: "",
  cause: "",
  alerts: [],
  alertCount: 0,
  link: null,
  isResolved: true,
};

/** In place of a body that haprobe does not write: a message about nothing. */
export const NO_BODY: OutboxBody = { notification: NOTHING, route: "", sent: [], firstN: 1 };
