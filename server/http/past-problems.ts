import type { Response } from "express";
import { HaprobeError } from "../errors.ts";
import { sendProblem } from "./problems.ts";

/** Answers that this haprobe keeps no history. */
export function sendNothingKept(response: Response): void {
  sendProblem(response, 404, "No history is kept: data-dir is none.");
}

/** Runs a read of the store; 503 where it fails, since the store may be back soon. */
export async function orUnreadable(response: Response, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof HaprobeError)) throw error;
    sendProblem(response.set("retry-after", "5"), 503, "The history cannot be read now; try again.");
  }
}
