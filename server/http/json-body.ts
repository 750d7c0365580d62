import express, { type RequestHandler } from "express";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { takeTurn } from "../slices.ts";
import { sendProblem } from "./problems.ts";

/**
 * Reads a JSON body of at most `requestBodyMaxBytes` into `request.body`. Requests take turns to parse theirs: hundreds of
 * bodies that end at the same time would delay everything else.
 */
export function readJsonBody(clock: Clock): RequestHandler[] {
  const readBytes = express.raw({ limit: BOUNDS.requestBodyMaxBytes, type: "application/json" });
  const parse: RequestHandler = (request, response, next) => {
    const { body } = request as { body: unknown };
    if (!Buffer.isBuffer(body)) return next();
    takeTurn(clock, BOUNDS.sliceMs, () => {
      if (response.destroyed) return;
      const value = parseJson(body);
      if (value === null) return sendProblem(response, 400, "The body is not JSON.");
      request.body = value;
      next();
    });
  };
  return [readBytes, parse];
}

/** An object or a list, `{}` for no bytes; null for anything else. */
function parseJson(bytes: Buffer): object | null {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
