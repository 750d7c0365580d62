import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { WithheldReason } from "./credentials.ts";
import type { Ending } from "./ending.ts";
import type { LearntHttps } from "./learnt-https.ts";
import type { SecureContexts } from "./secure-contexts.ts";
import type { WatchedFiles } from "./watched-file.ts";

/** What probers share: time, files, TLS contexts, and what was learnt of targets. */
export interface ProbeTools {
  readonly clock: Clock;
  readonly files: WatchedFiles;
  readonly contexts: SecureContexts;
  readonly learnt: LearntHttps;
  /** Told of each probe that goes out without the credentials of its rule. */
  readonly onCredentialsWithheld: (target: Target, why: WithheldReason) => void;
}

/** One way of asking. Keeps to what `Probe` promises. */
export type Prober = (target: Target, tools: ProbeTools, signal: AbortSignal) => Promise<Ending>;
