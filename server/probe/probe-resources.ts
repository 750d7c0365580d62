import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { Deadline } from "./deadline.ts";
import type { ProbeCompletion } from "./probe-completion.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import type { CostlyTargets } from "./costly-targets.ts";
import type { KeyPairCache } from "./key-pair-cache.ts";
import type { ResponseHeads } from "./response-heads.ts";
import type { DetectedTargets } from "./detected-targets.ts";
import type { SecureContextCache } from "./secure-context-cache.ts";
import type { FileCache } from "./file-cache.ts";
import type { TlsTraffic } from "./tls-traffic.ts";

/** Shared by all probers. */
export interface ProbeResources {
  readonly clock: Clock;
  readonly files: FileCache;
  readonly keyPairs: KeyPairCache;
  readonly secureContexts: SecureContextCache;
  readonly pool: ConnectionPool;
  readonly detectedHttps: DetectedTargets;
  readonly detectedHttp2: DetectedTargets;
  readonly tlsTraffic: TlsTraffic;
  readonly heads: ResponseHeads;
  /** Targets whose compressed bodies are not decompressed: one of them expanded too far. */
  readonly expanding: CostlyTargets;
}

/** Implements `Probe` for one type of probe. */
export type Prober<Settings extends Target["probe"]> = (
  target: Target,
  probe: Settings,
  resources: ProbeResources,
  deadline: Deadline,
) => Promise<ProbeCompletion>;
