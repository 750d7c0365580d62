import type { Request, Response } from "express";

/** A path for GET and HEAD; a rejected promise becomes a problem. */
export interface Route {
  /** In express' notation: `/api/v1/servers/:instance/:backend/:server`. */
  readonly path: string;
  handle(request: Request, response: Response): unknown;
}
