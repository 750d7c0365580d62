/** The configuration in force, and what became of the last attempt to replace it. */
export interface ConfigStatus {
  /** As `haprobe config print` shows it, without secrets. */
  readonly text: string;
  readonly loadedAt: string;
  /** Keys whose new value takes effect at a restart. */
  readonly needsRestart: readonly string[];
  /** A newer configuration that was refused; null where the last one is in force. */
  readonly refused: { readonly at: string; readonly errors: readonly string[] } | null;
}

/** Reads the configuration in force. */
export interface ConfigReader {
  status(): ConfigStatus;
}

/** The sender of a request, and whether it may write. */
export interface SenderStatus {
  /** Whether a write needs a token at all. */
  readonly tokensRequired: boolean;
  /** Name and role of the token; null without one that is known. */
  readonly name: string | null;
  readonly role: "viewer" | "operator" | null;
  readonly canWrite: boolean;
  /** Why it may not; null where it may. */
  readonly detail: string | null;
}
