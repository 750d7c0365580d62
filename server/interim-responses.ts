import type { ClientRequest } from "node:http";
import { BOUNDS } from "./bounds.ts";

/** Ends a request that gets more than `interimResponsesMax` interim responses (1xx): Node reads any number of them, and each takes as long as a response. */
export function limitInterimResponses(request: ClientRequest): void {
  let left = BOUNDS.interimResponsesMax;
  request.on("information", () => {
    left -= 1;
    if (left < 0) request.destroy(new Error("interim responses without end"));
  });
}
