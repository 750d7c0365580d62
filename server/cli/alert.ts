import type { AlertMatch } from "../contract/alert-settings.ts";
import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";
import type { z } from "zod";
import {
  channelTestSchema,
  notificationsResponseSchema,
  previewResponseSchema,
  silenceSchema,
  silencesResponseSchema,
} from "../http/schemas/alert-schema.ts";
import { type ApiResult, requestApi, userName } from "./api-request.ts";
import { ALERT_EXIT } from "./exit-code.ts";
import { serviceEndpoint, type ServiceOptions } from "./service-endpoint.ts";
import { renderTextTable } from "./text-table.ts";
import { formatTime } from "../report/time-text.ts";

/** Which haprobe is asked, with which token. */
export interface AlertCommandOptions extends ServiceOptions {
  readonly tokenFile?: string;
  readonly json?: boolean;
}

export interface SilenceAddOptions extends AlertCommandOptions {
  readonly match: Readonly<Record<string, readonly string[]>>;
  readonly forMs: number;
  readonly reason: string;
  readonly name?: string;
}

/** What the commands print to, and how they end early. */
export interface CommandRun {
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** `haprobe alert test CHANNEL`: 0 the receiver took it, 1 it did not or there is no such channel, 3 no haprobe answers. */
export function testChannel(channel: string, options: AlertCommandOptions, run: CommandRun): Promise<number> {
  const request = { path: `api/v1/channels/${encodeURIComponent(channel)}/test`, body: {} };
  return ask(request, channelTestSchema, options, run, ({ sent, status, error }) => {
    const answered = status === null ? "" : ` (${status})`;
    const text = sent ? `${channel}: the receiver took the test message${answered}\n` : `${channel}: ${error}\n`;
    return { text: escapeUnprintableInLines(text), code: sent ? ALERT_EXIT.ok : ALERT_EXIT.refused };
  });
}

/** `haprobe alert preview`: what is firing, where it goes, and why not elsewhere. */
export function previewAlerts(options: AlertCommandOptions, run: CommandRun): Promise<number> {
  return ask({ path: "api/v1/alerts/preview" }, previewResponseSchema, options, run, ({ alerts }) => ({
    text: alerts.length === 0 ? "Nothing is firing.\n" : alerts.map(renderAlert).join(""),
    code: ALERT_EXIT.ok,
  }));
}

/** `haprobe notifications`: the newest messages. */
export function listNotifications(options: AlertCommandOptions, run: CommandRun): Promise<number> {
  return ask({ path: "api/v1/notifications" }, notificationsResponseSchema, options, run, ({ notifications }) => {
    const rows = notifications.map(({ madeAt, channel, kind, status, attempts, nextAttemptAt, cause, sentence }) => [
      formatTime(madeAt),
      channel,
      kind,
      status,
      String(attempts),
      nextAttemptAt === null ? "–" : formatTime(nextAttemptAt),
      cause,
      sentence,
    ]);
    const head = ["MADE", "CHANNEL", "KIND", "STATUS", "ATTEMPTS", "NEXT", "WHY", "WHAT"];
    return { text: rows.length === 0 ? "No messages.\n" : renderTextTable([head, ...rows]), code: ALERT_EXIT.ok };
  });
}

/** `haprobe silence list`: silences that are in force. */
export function listSilences(options: AlertCommandOptions, run: CommandRun): Promise<number> {
  return ask({ path: "api/v1/silences" }, silencesResponseSchema, options, run, ({ silences }) => {
    const rows = silences.map(({ id, state, until, match, author, reason }) => [
      id,
      state,
      formatTime(until),
      formatMatch(match),
      author,
      reason,
    ]);
    const head = ["ID", "STATE", "UNTIL", "MATCH", "AUTHOR", "REASON"];
    return { text: rows.length === 0 ? "No silences.\n" : renderTextTable([head, ...rows]), code: ALERT_EXIT.ok };
  });
}

/** `haprobe silence add`: prints the id of the new one. */
export function addSilence(options: SilenceAddOptions, run: CommandRun): Promise<number> {
  const { match, forMs, reason, name = userName() } = options;
  const body = { match, seconds: Math.max(1, Math.round(forMs / 1_000)), reason, name };
  return ask({ path: "api/v1/silences/add", body }, silenceSchema, options, run, ({ id }) => ({
    text: `${id}\n`,
    code: ALERT_EXIT.ok,
  }));
}

/** `haprobe silence end ID`. */
export function endSilence(id: string, options: AlertCommandOptions, run: CommandRun): Promise<number> {
  const request = { path: `api/v1/silences/${encodeURIComponent(id)}/end`, body: {} };
  return ask(request, silenceSchema, options, run, () => ({ text: `${id} has ended\n`, code: ALERT_EXIT.ok }));
}

/** Asks, prints the answer as JSON or by `render`, and gives the exit code. */
async function ask<Schema extends z.ZodType>(
  { path, body }: { readonly path: string; readonly body?: object },
  schema: Schema,
  options: AlertCommandOptions,
  { signal, print }: CommandRun,
  render: (answer: z.output<Schema>) => { readonly text: string; readonly code: number },
): Promise<number> {
  const endpoint = await serviceEndpoint(options);
  if (typeof endpoint === "string") return printError(endpoint, ALERT_EXIT.unreadable);
  const { tokenFile } = options;
  const result: ApiResult = await requestApi(endpoint, path, signal, {
    ...(body === undefined ? {} : { body }),
    tokenFile,
  });
  if (result.kind === "unreachable") return printError(result.message, ALERT_EXIT.unreadable);
  if (result.kind === "refused") return printError(result.message, ALERT_EXIT.refused);
  const parsed = schema.safeParse(result.body);
  if (!parsed.success)
    return printError(`${endpoint.name} answers something that is not haprobe's`, ALERT_EXIT.unreadable);
  const { text, code } = render(parsed.data);
  print(options.json === true ? `${escapeUnprintable(JSON.stringify(result.body))}\n` : text);
  return code;
}

function renderAlert({ urgency, sentence, routes }: z.output<typeof previewResponseSchema>["alerts"][number]): string {
  const lines = routes.map(({ route, channels, sends, why }) => {
    return `  ${sends ? "->" : " -"} ${route} (${channels.join(", ") || "no channel"}): ${why}`;
  });
  return `${[`${urgency}: ${sentence}`, ...lines].map(escapeUnprintable).join("\n")}\n`;
}

function formatMatch({ labels = {}, ...keys }: AlertMatch): string {
  const named = Object.entries(labels).map(([name, patterns]) => [`label.${name}`, patterns] as const);
  return [...Object.entries(keys), ...named].map(([key, patterns]) => `${key}=${patterns.join(",")}`).join(" ");
}

function printError(text: string, code: number): number {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
  return code;
}
