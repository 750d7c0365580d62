import type { ChannelTransport, ChannelType, Secret } from "../../contract/alert-settings.ts";
import type { Notification } from "../../contract/notification.ts";

/** The settings of a channel with the texts of its secrets. */
export type OpenTransport<T> = {
  readonly [Key in keyof T]: T[Key] extends Secret
    ? string
    : T[Key] extends Secret | null
      ? string | null
      : T[Key] extends readonly Secret[]
        ? readonly string[]
        : T[Key];
};

/** A POST request; its URL, headers and body may hold secrets. */
export interface HttpMessage {
  readonly kind: "http";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A mail; ids are without `<` and `>`. */
export interface MailMessage {
  readonly kind: "mail";
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  /** The first mail of the thread; null in that one. */
  readonly inReplyTo: string | null;
  readonly isUrgent: boolean;
}

export type OutgoingMessage = HttpMessage | MailMessage;

/** Turns a notification into what the receivers of one type of channel expect. */
export interface Channel<Type extends ChannelType> {
  /** Pure; `at` is the time of the attempt, milliseconds since 1970, for signatures only. Throws for a malformed secret. */
  format(
    notification: Notification,
    transport: OpenTransport<Extract<ChannelTransport, { type: Type }>>,
    at: number,
  ): OutgoingMessage;
  /** Milliseconds to wait that a response's body names; null where it names none. */
  readonly retryAfterMs?: (body: string) => number | null;
}

/** A JSON request without credentials of its own. */
export function jsonMessage(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpMessage {
  return { kind: "http", url, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
