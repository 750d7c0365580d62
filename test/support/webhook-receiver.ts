import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

/**
 * A receiver of Standard Webhooks in a process of its own. Each line of its input is how it answers from then on: a status,
 * with seconds of Retry-After if need be, or `hang`. Each line of its output is its port, then a request as JSON.
 */
const webhook = new Webhook(process.env["WEBHOOK_SECRET"] ?? "");
let answer = "200";
createInterface({ input: process.stdin }).on("line", (line) => {
  answer = line;
});

const server = createServer((request, response) => {
  void request.toArray().then((chunks) => {
    const body = Buffer.concat(chunks as Buffer[]).toString();
    const headers = request.headers as Record<string, string>;
    const [status = "200", retryAfter] = answer.split(" ");
    const line = {
      id: headers["webhook-id"],
      answer,
      ...read(body),
      verified: verifies(body, headers),
      forged: verifies(`${body} `, headers),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (status === "hang") return;
    response.writeHead(Number(status), retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
  });
});
server.listen(Number(process.env["WEBHOOK_PORT"] ?? 0), "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

function read(body: string): { type: string; sentence: string; n: number } {
  const { type, data } = JSON.parse(body) as { type: string; data: { sentence: string; n: number } };
  return { type, sentence: data.sentence, n: data.n };
}

function verifies(body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
