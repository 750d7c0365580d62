/** What the bench asks of its stand-ins. */
export type StandInRequest =
  | {
      readonly kind: "listen";
      /** Index of the first of them. */
      readonly first: number;
      readonly count: number;
      /** Null: plain HTTP. */
      readonly tls: { readonly cert: string; readonly key: string } | null;
    }
  | { readonly kind: "set"; readonly index: number; readonly healthy: boolean };

/** `at`: wall clock in milliseconds when it was done. */
export interface StandInResponse {
  readonly at: number;
  readonly endpoints: readonly Endpoint[];
}

/** Where a stand-in listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
