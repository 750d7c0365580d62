import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { escapeUnprintableInLines } from "../server/contract/quote.ts";

/** Longest body that is read. */
const BODY_MAX_BYTES = 1024 * 1024;

/** A receiver of alerts that prints each one as a line. */
export interface AlertReceiver extends AsyncDisposable {
  readonly port: number;
}

export interface AlertReceiverOptions {
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  /** The secret of haprobe's webhooks, which are verified with it. */
  readonly secret: string;
  readonly print: (line: string) => void;
}

/** Receives Standard Webhooks on `/`, which it verifies, and those of Alertmanager on `/alertmanager`. */
export async function startAlertReceiver({ host, port, secret, print }: AlertReceiverOptions): Promise<AlertReceiver> {
  const webhook = new Webhook(secret);
  const server = createServer((request, response) => {
    void answer(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });

  async function answer(request: IncomingMessage): Promise<number> {
    if (request.method === "GET") return 204;
    const body = await readBody(request);
    const lines = request.url === "/alertmanager" ? alertmanagerLines(body) : webhookLines(body, request);
    for (const line of lines) print(escapeUnprintableInLines(line));
    return 204;
  }

  function webhookLines(body: string, { headers }: IncomingMessage): readonly string[] {
    webhook.verify(body, headers as Record<string, string>);
    const { type, data } = JSON.parse(body) as { type: string; data: { sentence: string } };
    return [`${type}: ${data.sentence}`];
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function alertmanagerLines(body: string): readonly string[] {
  const { alerts } = JSON.parse(body) as {
    alerts: readonly { status: string; labels: { alertname: string }; annotations: { summary?: string } }[];
  };
  return alerts.map(
    ({ status, labels, annotations }) => `alertmanager ${status} ${labels.alertname}: ${annotations.summary ?? ""}`,
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) throw new Error("the body is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
