/** Requests of the bench to its stand-ins. */
export type StandInRequest =
  | {
      readonly kind: "listen";
      /** Index of the first one. */
      readonly first: number;
      readonly count: number;
      /** Null: plain HTTP. */
      readonly tls: { readonly cert: string; readonly key: string } | null;
    }
  | { readonly kind: "set"; readonly index: number; readonly healthy: boolean }
  | { readonly kind: "intervals" };

/** `at`: wall clock in milliseconds of the change. */
export interface StandInResponse {
  readonly at: number;
  /** The longest time between two requests to one of them since `intervals` was asked for last. */
  readonly longestIntervalMs: number;
  readonly endpoints: readonly Endpoint[];
}

/** Address of a stand-in. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
