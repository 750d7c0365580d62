import { CONNECTION_HEADERS, headers } from "./headers.ts";

const RESERVED = new Set([...CONNECTION_HEADERS, "accept", "accept-encoding"]);

/** Further headers for a stats page; they go to that one address only, so they may hold secrets. */
export const statsHeaders = headers((name) => (RESERVED.has(name) ? ["is set by haprobe", "leave it out"] : null));
