import { createServer, type Server } from "node:http";

/** A message as it arrived and was taken. */
export interface Received {
  readonly id: string;
  readonly body: string;
}

/** A receiver of webhooks that fails on request: each id and body that it took, in order. */
export class Receiver implements AsyncDisposable {
  readonly taken: Received[] = [];
  /** Answers so instead of taking the message. */
  status: number | null = null;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (this.status === null) {
        const body = Buffer.concat(chunks).toString("utf8");
        this.taken.push({ id: String(request.headers["webhook-id"]), body });
      }
      response.writeHead(this.status ?? 200).end();
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
