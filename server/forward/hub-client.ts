import { type ClientRequest, type IncomingMessage, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IngestOutcome, IngestRequest } from "../contract/ingest.ts";
import type { HubSettings } from "../contract/settings.ts";
import { limitInterimResponses } from "../interim-responses.ts";
import { readHubAnswer } from "./hub-answer.ts";
import { readSmallFile } from "./small-file.ts";

const compress = promisify(zstdCompress);

export interface HubClientParts {
  readonly url: string;
  readonly settings: Omit<HubSettings, "urls">;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** Sends requests to one hub over a connection that is kept. Token and certificates are read again for each request. */
export class HubClient {
  readonly #parts: HubClientParts;
  #agent: { readonly ca: string | null; readonly agent: Agent | HttpAgent } | null = null;

  constructor(parts: HubClientParts) {
    this.#parts = parts;
  }

  /** Rejects where there is no answer within `forwardTimeoutMs`, and where a file cannot be read. No error holds the token. */
  async send(request: IngestRequest, signal: AbortSignal): Promise<IngestOutcome> {
    const { url, settings, clock, userAgent } = this.#parts;
    const token = await readSmallFile(settings.tokenFile);
    if (!/^[\w.~+/=-]+$/.test(token)) throw new Error(`${settings.tokenFile} holds no token`);
    const ca = settings.caFile === null ? null : await readSmallFile(settings.caFile);
    const body = await compress(Buffer.from(JSON.stringify(request)));
    const headers = {
      "user-agent": userAgent,
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-encoding": "zstd",
      "content-length": String(body.length),
    };
    const target = new URL(`${url}/api/v1/ingest`);
    const send = target.protocol === "https:" ? httpsRequest : httpRequest;
    const agent = this.#agentFor(target.protocol, ca);
    return new Promise((resolve, reject) => {
      let sent: ClientRequest | null = null;
      const settle = (finish: () => void): void => {
        cancel();
        signal.removeEventListener("abort", abort);
        finish();
      };
      const fail = (error: Error): void =>
        settle(() => {
          sent?.destroy();
          reject(error);
        });
      const abort = (): void => fail(new Error("haprobe stops"));
      const cancel = clock.after(BOUNDS.forwardTimeoutMs, () =>
        fail(new Error(`no answer within ${BOUNDS.forwardTimeoutMs} ms`)),
      );
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      sent = send(target, { method: "POST", agent, headers, maxHeaderSize: BOUNDS.forwardAnswerMaxBytes });
      limitInterimResponses(sent);
      sent.on("error", fail);
      sent.on("response", (response) => {
        void readBounded(response).then(
          (text) => {
            const { statusCode = 0, headers: received } = response;
            settle(() => resolve(readHubAnswer(statusCode, text, received["retry-after"], clock.wall())));
          },
          (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
        );
      });
      sent.end(body);
    });
  }

  /** Closes the connection. */
  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = null;
  }

  #agentFor(protocol: string, ca: string | null): Agent | HttpAgent {
    if (this.#agent?.ca === ca) return this.#agent.agent;
    this.close();
    const options = { keepAlive: true, maxSockets: 1 };
    const agent =
      protocol === "https:" ? new Agent({ ...options, ...(ca === null ? {} : { ca }) }) : new HttpAgent(options);
    this.#agent = { ca, agent };
    return agent;
  }
}

/** Rejects an answer that is longer than a hub's. */
async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > BOUNDS.forwardAnswerMaxBytes) throw new Error("the answer is not that of a hub: it is too long");
  }
  return Buffer.concat(chunks).toString("utf8");
}
