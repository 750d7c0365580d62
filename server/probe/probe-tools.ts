import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { Deadline } from "./deadline.ts";
import type { Ending } from "./ending.ts";
import type { KeptLines } from "./kept-lines.ts";
import type { KeyPairs } from "./key-pairs.ts";
import type { LearntHttps } from "./learnt-https.ts";
import type { SecureContexts } from "./secure-contexts.ts";
import type { WatchedFiles } from "./watched-file.ts";

/** What probers share: time, files, TLS contexts, kept connections, and what was learnt of targets. */
export interface ProbeTools {
  readonly clock: Clock;
  readonly files: WatchedFiles;
  readonly keyPairs: KeyPairs;
  readonly contexts: SecureContexts;
  readonly lines: KeptLines;
  readonly learnt: LearntHttps;
}

/** One way of asking, for one type of probe. Keeps to what `Probe` promises. */
export type Prober<Question extends Target["probe"]> = (
  target: Target,
  probe: Question,
  tools: ProbeTools,
  deadline: Deadline,
) => Promise<Ending>;
