import type { Request, Response } from "express";
import { Quota } from "../access/quota.ts";
import { clientOf } from "../access/client.ts";
import { BOUNDS } from "../bounds.ts";
import { sendProblem, sendRetry, sendStoreProblem } from "./problems.ts";

/** Runs reads of the store for requests, at most `historyRequestsMax` at once. */
export class PastReads {
  readonly #quota = new Quota(BOUNDS.historyRequestsMax);

  /** Runs one; 503 where too many run, and where the store cannot be read: it may be back soon. */
  async run(request: Request, response: Response, read: () => Promise<void>): Promise<void> {
    const release = this.#quota.tryTake(clientOf(request).address);
    if (release === null) return sendRetry(response, "Too many requests read the history; try again.");
    try {
      await read();
    } catch (error) {
      sendStoreProblem(response, error, "The history cannot be read now; try again.");
    } finally {
      release();
    }
  }
}

/** Answers that this haprobe keeps no history. */
export function sendNothingKept(response: Response): void {
  sendProblem(response, 404, "No history is kept: data-dir is none.");
}
