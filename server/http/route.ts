import type { Request, Response } from "express";
import type { Scope } from "../contract/principal.ts";

/** A path for GET and HEAD, or for POST; a rejected promise becomes a problem. */
export interface Route {
  /** What its sender has to be admitted for; absent: `read`, or `write` for POST. `public` needs no identity. */
  readonly scope?: Scope | "public";
  /** Absent: GET and HEAD. */
  readonly method?: "post";
  /** It reads the body itself; absent: a POST has JSON of at most `requestBodyMaxBytes`. */
  readonly readsBody?: true;
  /** In express' notation: `/api/v1/servers/:instance/:backend/:server`. */
  readonly path: string;
  handle(request: Request, response: Response): unknown;
}
