import type { RetentionSettings } from "../contract/settings.ts";
import type { ErrorCode } from "../errors.ts";
import type { StoreRequests } from "./sql-store.ts";

/** Which database a store opens. */
export type StoreLocation =
  | { readonly kind: "sqlite"; readonly directory: string }
  | { readonly kind: "postgres"; readonly url: string };

/** `retention` null: nothing is removed. The log of a directory keeps `logEvents`. */
export type WorkerOptions = StoreLocation & {
  readonly retention: RetentionSettings | null;
  readonly logEvents: number;
};

/** One call of the port on its way to the worker. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: keyof StoreRequests | "close";
  readonly args: readonly unknown[];
}

/** An error as plain data, since an error of a class arrives without its class. */
export interface SentError {
  readonly code: ErrorCode | null;
  readonly message: string;
  /** Where it was thrown, for the log; null for one that is explained. */
  readonly stack: string | null;
}

/** `opened` comes first, once; then a reply for each request. */
export type WorkerReply =
  | { readonly kind: "opened"; readonly error: SentError | null }
  | { readonly kind: "moved"; readonly vantage: string; readonly seq: number }
  | { readonly kind: "reply"; readonly id: number; readonly result: unknown; readonly error: SentError | null };
