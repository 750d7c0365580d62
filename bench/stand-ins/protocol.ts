/** What the bench asks of its stand-ins. */
export type StandInQuestion =
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
export interface StandInAnswer {
  readonly at: number;
  readonly doors: readonly Door[];
}

/** Where a stand-in listens. */
export interface Door {
  readonly host: string;
  readonly port: number;
}
