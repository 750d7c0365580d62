import type { Request, Response } from "express";
import { z } from "zod";
import { clientOf } from "../access/client.ts";
import { BOUNDS } from "../bounds.ts";
import { type AlertControl, NOTIFICATION_STATUSES } from "../contract/alert-api.ts";
import type { AlertMatch } from "../contract/alert-settings.ts";
import { REGULAR_EXPRESSION } from "../match.ts";
import { CONTRACT_VERSION } from "../contract/status.ts";
import type { BodySender } from "./body-sender.ts";
import { sendProblem, sendStoreProblem } from "./problems.ts";
import { personName, requiredText } from "./incident-bodies.ts";
import type { Route } from "./route.ts";
import { principalOf, refusePartial } from "./security-middleware.ts";
import { withBody } from "./with-body.ts";
import { withQuery } from "./with-query.ts";

/** Parameters of `/api/v1/notifications`. */
export const notificationsQuery = z.strictObject({
  channel: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Messages to this channel.", param: { example: "chat" } }),
  status: z.enum(NOTIFICATION_STATUSES).optional().meta({ description: "Messages with this status." }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(BOUNDS.pageRowsDefault)
    .optional()
    .meta({ description: "Length of a page." }),
  next: z.string().min(1).optional().meta({ description: "The `next` of the previous page." }),
});

const MATCH_KEYS = [
  "verdict",
  "notice",
  "reason",
  "urgency",
  "instance",
  "site",
  "backend",
  "server",
  "subject",
] as const;

const pattern = z.string().min(1).max(BOUNDS.statNameMaxChars);
const patterns = z
  .union([pattern.transform((each) => [each]), z.array(pattern).min(1).max(BOUNDS.filterValuesMax)])
  // It would match nothing, and the silence would hold nothing.
  .refine(
    (list) => !list.some((each) => REGULAR_EXPRESSION.test(each)),
    "is a regular expression; a pattern is such as k8s-*",
  );

/** Case matters: an alert is compared by these names only, and a key that is not compared would match all of them. */
const KEY = new RegExp(`^(${MATCH_KEYS.join("|")}|label\\.[a-zA-Z][a-zA-Z0-9_-]{0,62})$`);

const match = z
  .record(z.string(), patterns)
  .refine(
    (keys) => Object.keys(keys).every((key) => KEY.test(key)),
    `has other keys than ${MATCH_KEYS.join(", ")} and label.NAME`,
  )
  .refine((keys) => Object.keys(keys).length > 0, "names nothing: it would silence everything")
  .meta({ description: "As in a route: patterns by what they are compared with." });

/** Body of `/api/v1/silences/add`. */
export const silenceBody = z.strictObject({
  match,
  seconds: z
    .number()
    .int()
    .min(1)
    .max(BOUNDS.alertRepeatMaxMs / 1_000)
    .meta({ description: "How long it lasts." }),
  reason: requiredText,
  name: personName,
});

/** Body of a write without fields. */
export const emptyBody = z.strictObject({});

/** A write about alerts that was applied, for the log. */
export interface AlertWrite {
  readonly what: "silence-added" | "silence-ended" | "notification-resent" | "channel-tested";
  readonly id: string;
  readonly token: string | null;
  readonly client: string;
}

/** Messages, silences, the preview and the test of a channel. */
export function alertRoutes(parts: {
  alerts: AlertControl;
  sender: BodySender;
  onAlertWrite: (write: AlertWrite) => void;
}): readonly Route[] {
  const { alerts, sender, onAlertWrite } = parts;

  /** Answers 503 where the store is away. */
  async function answer(
    request: Request,
    response: Response,
    work: () => Promise<object | null>,
    missing: string,
  ): Promise<void> {
    // Messages, silences and channels are about all instances.
    if (refusePartial(response)) return;
    let body: object | null;
    try {
      body = await work();
    } catch (error) {
      return sendStoreProblem(response, error, "The store cannot be read or written now.");
    }
    if (body === null) return sendProblem(response, 404, missing);
    sender.sendJson(request, response, body);
  }

  function record(what: AlertWrite["what"], id: string, request: Request, response: Response): void {
    const token = principalOf(response).name;
    onAlertWrite({ what, id, token, client: clientOf(request).address });
  }

  return [
    {
      path: "/api/v1/notifications",
      handle: withQuery(notificationsQuery, async (query, request, response) => {
        if (!sender.admitList(request, response)) return;
        const { channel = null, status = null, next: cursor = null, limit = NOTIFICATIONS_DEFAULT } = query;
        await answer(
          request,
          response,
          async () => {
            const { rows, next } = await alerts.notifications({ channel, status, cursor, limit });
            return { version: CONTRACT_VERSION, notifications: rows, next };
          },
          "",
        );
      }),
    },
    {
      path: "/api/v1/notifications/:id",
      handle(request, response) {
        // Its payload has what the probe was answered.
        if (refusePartial(response, true)) return;
        return answer(request, response, () => alerts.notification(String(request.params["id"])), NO_NOTIFICATION);
      },
    },
    {
      method: "post",
      path: "/api/v1/notifications/:id/resend",
      handle: withBody(emptyBody, (_body, request, response) => {
        const id = String(request.params["id"]);
        const work = async (): Promise<object | null> => {
          if (!(await alerts.resend(id))) return null;
          record("notification-resent", id, request, response);
          return alerts.notification(id);
        };
        return answer(request, response, work, "There is no such message, or it waits already.");
      }),
    },
    {
      path: "/api/v1/silences",
      handle: (request, response) =>
        answer(
          request,
          response,
          async () => ({ version: CONTRACT_VERSION, silences: await alerts.silences(), next: null }),
          "",
        ),
    },
    {
      method: "post",
      path: "/api/v1/silences/add",
      handle: withBody(silenceBody, ({ match: keys, seconds, reason, name }, request, response) => {
        const author = name ?? principalOf(response).name;
        if (author === null) return sendProblem(response, 400, "name: is missing.");
        const work = async (): Promise<object> => {
          const silence = await alerts.addSilence({ match: toMatch(keys), forMs: seconds * 1_000, reason, author });
          record("silence-added", silence.id, request, response);
          return silence;
        };
        return answer(request, response, work, "");
      }),
    },
    {
      method: "post",
      path: "/api/v1/silences/:id/end",
      handle: withBody(emptyBody, (_body, request, response) => {
        const work = async (): Promise<object | null> => {
          const silence = await alerts.endSilence(String(request.params["id"]));
          if (silence !== null) record("silence-ended", silence.id, request, response);
          return silence;
        };
        return answer(request, response, work, "There is no such silence, or it has ended.");
      }),
    },
    {
      path: "/api/v1/alerts/preview",
      handle(request, response) {
        // It reads a message of the store for each alert and route.
        if (!sender.admitList(request, response)) return;
        return answer(
          request,
          response,
          async () => ({ version: CONTRACT_VERSION, alerts: await alerts.preview() }),
          "",
        );
      },
    },
    {
      path: "/api/v1/channels",
      handle(request, response) {
        if (refusePartial(response)) return;
        sender.sendJson(request, response, { version: CONTRACT_VERSION, channels: alerts.channels() });
      },
    },
    {
      method: "post",
      path: "/api/v1/channels/:name/test",
      handle: withBody(emptyBody, (_body, request, response) => {
        const work = async (): Promise<object | null> => {
          const result = await alerts.testChannel(String(request.params["name"]));
          if (result !== null) record("channel-tested", result.channel, request, response);
          return result;
        };
        return answer(request, response, work, "There is no such channel.");
      }),
    },
  ];
}

const NOTIFICATIONS_DEFAULT = 100;
const NO_NOTIFICATION = "There is no such message, or it is no longer kept.";

function toMatch(keys: Readonly<Record<string, readonly string[]>>): AlertMatch {
  const labels = Object.entries(keys).flatMap(([key, values]) =>
    key.startsWith("label.") ? [[key.slice(6), values]] : [],
  );
  const plain = Object.entries(keys).filter(([key]) => !key.startsWith("label."));
  return { ...Object.fromEntries(plain), ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }) };
}
