import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { Probe } from "./probe-completion.ts";
import { probeGrpc } from "./grpc-prober.ts";
import { probeHttp } from "./http-prober.ts";
import { type ConnectionPool, createConnectionPool } from "./connection-pool.ts";
import { CostlyTargets } from "./costly-targets.ts";
import { createKeyPairCache } from "./key-pair-cache.ts";
import { createDetectedTargets } from "./detected-targets.ts";
import { ResponseHeads } from "./response-heads.ts";
import type { Prober, ProbeResources } from "./probe-resources.ts";
import { createSecureContextCache } from "./secure-context-cache.ts";
import { probeTcp } from "./tcp-prober.ts";
import type { ScopedFiles } from "../scoped-files.ts";
import { createFileCache } from "./file-cache.ts";
import { TlsTraffic } from "./tls-traffic.ts";

type ProbeSettings = Target["probe"];

/** The prober of each `probe.type`. */
export const probers: { readonly [Type in ProbeSettings["type"]]: Prober<Extract<ProbeSettings, { type: Type }>> } = {
  http: probeHttp,
  tcp: probeTcp,
  grpc: probeGrpc,
};

export interface ProbeOptions {
  readonly clock: Clock;
  /** Idle connections between probes; its owner stops it. Absent: none is reused. */
  readonly pool?: ConnectionPool;
  readonly costly?: CostlyTargets;
  /** Keeps the heads of responses; default: nothing reads them. */
  readonly heads?: ResponseHeads;
  /** Default: without scopes. */
  readonly scopedFiles?: ScopedFiles;
}

/** Creates the probe that dispatches by `probe.type`. It holds no sockets itself, so it needs no stop. */
export function createProbe({
  clock,
  pool = createDisabledPool(clock),
  costly,
  heads,
  scopedFiles,
}: ProbeOptions): Probe {
  const files = createFileCache(clock, scopedFiles);
  const keyPairs = createKeyPairCache(files);
  const resources: ProbeResources = {
    clock,
    files,
    keyPairs,
    secureContexts: createSecureContextCache(files),
    pool,
    detectedHttps: createDetectedTargets(),
    detectedHttp2: createDetectedTargets(),
    tlsTraffic: new TlsTraffic(clock, costly ?? new CostlyTargets(clock)),
    heads: heads ?? new ResponseHeads(),
    expanding: new CostlyTargets(clock),
  };
  return (target, deadline) => {
    const { probe } = target;
    // The compiler does not see that a probe and the prober of its type belong together.
    const prober = probers[probe.type] as Prober<ProbeSettings>;
    return prober(target, probe, resources, deadline);
  };
}

function createDisabledPool(clock: Clock): ConnectionPool {
  const pool = createConnectionPool(clock, () => 0);
  pool.stop();
  return pool;
}
