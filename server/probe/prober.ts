import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { WithheldReason } from "./credentials.ts";
import type { Probe } from "./ending.ts";
import { probeHttp } from "./http-prober.ts";
import { rememberHttps } from "./learnt-https.ts";
import type { Prober, ProbeTools } from "./probe-tools.ts";
import { shareContexts } from "./secure-contexts.ts";
import { watchFiles } from "./watched-file.ts";

/** Every way of asking, by `probe.type`: a new one is a file and a line. */
export const probers = {
  http: probeHttp,
} satisfies Record<Target["probe"]["type"], Prober>;

export interface ProbeOptions {
  readonly clock: Clock;
  readonly onCredentialsWithheld?: (target: Target, why: WithheldReason) => void;
}

/** Makes the probe that asks each target in its own way. It holds no sockets between probes, so it needs no stop. */
export function createProbe(options: ProbeOptions): Probe {
  const files = watchFiles(options.clock);
  const tools: ProbeTools = {
    clock: options.clock,
    files,
    contexts: shareContexts(files),
    learnt: rememberHttps(),
    onCredentialsWithheld: options.onCredentialsWithheld ?? (() => {}),
  };
  return (target, signal) => probers[target.probe.type](target, tools, signal);
}
