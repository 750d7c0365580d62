import { formatAge } from "../lib/quantity-format.ts";
import type { TickTime } from "../lib/ticker.ts";
import { LiveText } from "./live-text.tsx";

/** How old a moment is, milliseconds since 1970; `never` for one that is not known. */
export function Age({ at }: { at: number }) {
  return <LiveText format={({ now }: TickTime) => (Number.isFinite(at) ? formatAge(now - at) : "never")} />;
}
