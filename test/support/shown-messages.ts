import { formatMessage } from "../../server/alert/channels/registry.ts";
import type { ChannelType } from "../../server/contract/alert-settings.ts";
import { TRANSPORTS } from "../alert/channels/open-transports.ts";
import { sampleNotification } from "./sample-alerts.ts";

interface Field {
  readonly title?: string;
  readonly name?: string;
  readonly value: string;
}

const fieldLines = (fields: readonly Field[]): string[] =>
  fields.map(({ title, name, value }) => `${title ?? name}: ${value.includes("\n") ? `\n${value}` : value}`);

/** What people see of the JSON body of a channel; a receiver that is a program gets the body itself. */
const SHOWN: { readonly [Type in ChannelType]?: (body: never) => string } = {
  slack: (body: { text: string; attachments: readonly { title: string; fields: readonly Field[] }[] }) =>
    [body.text, ...body.attachments.flatMap(({ title, fields }) => [title, ...fieldLines(fields)])].join("\n"),
  teams: (body: {
    attachments: readonly { content: { body: readonly { inlines: readonly { text: string }[] }[] } }[];
  }) =>
    body.attachments
      .flatMap(({ content }) => content.body.map(({ inlines }) => inlines.map(({ text }) => text).join("")))
      .join("\n"),
  discord: (body: { content: string; embeds: readonly { title: string; fields: readonly Field[] }[] }) =>
    [body.content, ...body.embeds.flatMap(({ title, fields }) => [title, ...fieldLines(fields)])].join("\n"),
  ntfy: (body: { title: string; message: string }) => `${body.title}\n${body.message}`,
  telegram: (body: { text: string }) => body.text,
};

/** A message about the same incident as its receiver shows it, as plain text. */
export function shownMessage(type: ChannelType): string {
  const message = formatMessage(sampleNotification(), TRANSPORTS[type], 0);
  if (message.kind === "mail") return `Subject: ${message.subject}\n\n${message.text}`.trimEnd();
  const body: unknown = JSON.parse(message.body);
  const show = SHOWN[type] as ((body: unknown) => string) | undefined;
  // Marks that break links and markup are not visible.
  const text = show === undefined ? JSON.stringify(body, null, 2) : show(body).replaceAll(/[\u200b\\]/g, "");
  return text.trimEnd();
}
