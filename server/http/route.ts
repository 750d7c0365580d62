import type { Request, Response } from "express";

/** A path for GET and HEAD, or for POST; a rejected promise becomes a problem. */
export interface Route {
  /** Absent: GET and HEAD. */
  readonly method?: "post";
  /** In express' notation: `/api/v1/servers/:instance/:backend/:server`. */
  readonly path: string;
  handle(request: Request, response: Response): unknown;
}
