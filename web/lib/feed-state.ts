import type { Fleet } from "./fleet.ts";

/** State of the connection, with the last known fleet. Times are the browser's, milliseconds since 1970. */
export type FeedState =
  | { readonly kind: "connecting"; readonly fleet: null }
  /** `streamError` is null while the stream delivers; else the list is polled, and this is why. */
  | { readonly kind: "live"; readonly fleet: Fleet; readonly streamError: string | null }
  | {
      readonly kind: "disconnected";
      /** Null if no snapshot ever arrived. */
      readonly fleet: Fleet | null;
      readonly since: number;
      readonly retryAt: number;
      readonly cause: string;
    }
  /** haprobe uses another contract version than this page: the page has to be reloaded. */
  | { readonly kind: "outdated"; readonly fleet: Fleet | null };
