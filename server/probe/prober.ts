import type { Clock } from "../clock.ts";
import type { Target } from "../contract/target.ts";
import type { Probe } from "./ending.ts";
import { probeGrpc } from "./grpc-prober.ts";
import { probeHttp } from "./http-prober.ts";
import { keepLines } from "./kept-lines.ts";
import type { KeptLines } from "./kept-lines.ts";
import { rememberKeyPairs } from "./key-pairs.ts";
import { rememberHttps } from "./learnt-https.ts";
import type { Prober, ProbeTools } from "./probe-tools.ts";
import { shareContexts } from "./secure-contexts.ts";
import { probeTcp } from "./tcp-prober.ts";
import { watchFiles } from "./watched-file.ts";

type Question = Target["probe"];

/** Every way of asking, by `probe.type`: a new one is a file and a line. */
export const probers: { readonly [Type in Question["type"]]: Prober<Extract<Question, { type: Type }>> } = {
  http: probeHttp,
  tcp: probeTcp,
  grpc: probeGrpc,
};

export interface ProbeOptions {
  readonly clock: Clock;
  /** Where connections wait between probes; its owner stops it. Absent: none is kept. */
  readonly lines?: KeptLines;
}

/** Makes the probe that asks each target in its own way. It holds no sockets itself, so it needs no stop. */
export function createProbe({ clock, lines = keepNone(clock) }: ProbeOptions): Probe {
  const files = watchFiles(clock);
  const keyPairs = rememberKeyPairs(files);
  const tools: ProbeTools = { clock, files, keyPairs, contexts: shareContexts(files), lines, learnt: rememberHttps() };
  return (target, deadline) => {
    const { probe } = target;
    // The compiler does not see that a probe and the prober of its type belong together.
    const prober = probers[probe.type] as Prober<Question>;
    return prober(target, probe, tools, deadline);
  };
}

function keepNone(clock: Clock): KeptLines {
  const lines = keepLines(clock, () => 0);
  lines.stop();
  return lines;
}
