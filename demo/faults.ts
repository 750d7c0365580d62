import type { ModeName } from "./stand-in/api-server.ts";

/** The stand-in API servers of the demo. */
export const SERVERS = ["cp-1", "cp-2", "cp-3"] as const;
export type ServerName = (typeof SERVERS)[number];

/** One way of breaking a server. */
export interface Fault {
  readonly mode: ModeName;
  /** What is wrong with the server, after its name. */
  readonly description: string;
  /** What is to be seen on the page. */
  readonly hints: readonly string[];
}

/** What `break` knows, by its word on the command line. */
export const FAULTS = {
  etcd: {
    mode: "etcd",
    description: "has lost its etcd: /readyz answers 500 and says so, ordinary requests never end",
    hints: [
      "k8s-bare and k8s-tls keep it UP and go on sending a third of the traffic into it: false-up, within 2 s.",
      "k8s-readyz asks for health and takes it DOWN: both agree.",
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
    description: "answers 401 to everybody, as after a mistake with its certificates or tokens",
    hints: [
      "It is alive and does not let the probe look: unknown, probe-denied. haprobe does not call that a lie.",
      "k8s-readyz takes it DOWN for the 401.",
    ],
  },
  drain: {
    mode: "drain",
    description: "shuts down gracefully: /readyz says so already, requests are still answered",
    hints: [
      "k8s-readyz takes it out in time. k8s-bare and k8s-tls do not notice: false-up, draining.",
      "It is meant, so it is not confirmed before two minutes are over.",
    ],
  },
  die: {
    mode: "closed",
    description: "is dead: its ports refuse every connection",
    hints: [
      "Every check notices that, a few seconds later. haprobe sees it at once and waits for HAProxy (settling):",
      "a server that simply dies is never a confirmed mismatch.",
    ],
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof FAULTS;

/** The words of `break`, in their order. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
