import type { Request, Response } from "express";

/** A path that can be read (GET and HEAD); a rejected promise becomes a problem. */
export interface Route {
  /** As express writes it: `/api/v1/servers/:instance/:backend/:server`. */
  readonly path: string;
  handle(request: Request, response: Response): unknown;
}
