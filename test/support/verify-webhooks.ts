import { json } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

/** A request of a webhook, and when it arrived, milliseconds since 1970. */
export interface ArrivedWebhook {
  readonly at: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A program: from its input a JSON array of requests, on its output whether each one verifies at its time. */
const requests = (await json(process.stdin)) as ArrivedWebhook[];
const webhook = new Webhook(process.env["WEBHOOK_SECRET"] ?? "");
const verified = requests.map(({ at, body, headers }) => {
  Date.now = () => at;
  try {
    webhook.verify(body, { ...headers });
    return true;
  } catch {
    return false;
  }
});
process.stdout.write(JSON.stringify(verified));
