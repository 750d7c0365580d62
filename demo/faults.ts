import type { ModeName } from "./stand-in/api-server.ts";

/** The stand-in API servers of the demo. */
export const SERVERS = ["cp-1", "cp-2", "cp-3"] as const;
export type ServerName = (typeof SERVERS)[number];

/** One kind of fault. */
export interface Fault {
  readonly mode: ModeName;
  /** The fault in words that follow the name of the server. */
  readonly description: string;
  /** What the page shows. */
  readonly hints: readonly string[];
}

/** The faults of `break`, by name. */
export const FAULTS = {
  etcd: {
    mode: "etcd",
    description: "has lost its etcd: /readyz answers 500 and names it, ordinary requests hang",
    hints: [
      "k8s-bare and k8s-tls keep it UP and keep sending a third of the traffic to it: false-up, within 2 s.",
      "k8s-readyz checks health and takes it DOWN: both agree.",
    ],
  },
  hang: {
    mode: "hang",
    description: "hangs: it finishes the TLS handshake, reads the request and never answers",
    hints: [
      "k8s-bare and k8s-tls keep it UP: false-up as soon as two probes have timed out (2 s each here).",
      "k8s-readyz runs into its own timeout and takes it DOWN.",
    ],
  },
  deny: {
    mode: "deny-401",
    description: "answers 401 to every request, for example after a mistake with its certificates or tokens",
    hints: [
      "It is alive but rejects the probe: unknown, probe-denied. haprobe reports no mismatch.",
      "k8s-readyz takes it DOWN for the 401.",
    ],
  },
  drain: {
    mode: "drain",
    description: "shuts down gracefully: /readyz fails already, requests are still answered",
    hints: [
      "k8s-readyz takes it out in time. k8s-bare and k8s-tls do not notice: false-up, draining.",
      "A shutdown is intended, so it is confirmed only after two minutes.",
    ],
  },
  die: {
    mode: "closed",
    description: "is dead: its ports refuse every connection",
    hints: [
      "Every check detects that within a few seconds. haprobe detects it at once and waits for HAProxy (settling):",
      "a server that simply dies is never a confirmed mismatch.",
    ],
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof FAULTS;

/** Names of the faults, in order. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
