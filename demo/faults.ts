import type { PlainMode } from "./stand-in/api-server.ts";

/** The stand-in API servers of the demo. */
export const SERVERS = ["cp-1", "cp-2", "cp-3"] as const;
export type ServerName = (typeof SERVERS)[number];

/** One way of breaking a server. */
export interface Fault {
  readonly mode: PlainMode;
  /** What is wrong with the server, after its name. */
  readonly what: string;
  /** What is to be seen on the page. */
  readonly look: readonly string[];
}

/** What `break` knows, by its word on the command line. */
export const FAULTS = {
  etcd: {
    mode: "etcd",
    what: "has lost its etcd: /readyz answers 500 and says so, ordinary requests never end",
    look: [
      "k8s-bare and k8s-tls keep it UP and go on sending a third of the traffic into it: false-up, within 2 s.",
      "k8s-readyz asks for health and takes it DOWN: both agree.",
    ],
  },
  hang: {
    mode: "hang",
    what: "hangs: it finishes the TLS handshake, reads the request and never answers",
    look: [
      "k8s-bare and k8s-tls keep it UP: false-up as soon as two probes have timed out (2 s each here).",
      "k8s-readyz runs into its own timeout and takes it DOWN.",
    ],
  },
  deny: {
    mode: "deny-401",
    what: "answers 401 to everybody, as after a mistake with its certificates or tokens",
    look: [
      "It is alive and does not let the probe look: unknown, probe-denied. haprobe does not call that a lie.",
      "k8s-readyz takes it DOWN for the 401.",
    ],
  },
  drain: {
    mode: "drain",
    what: "shuts down gracefully: /readyz says so already, requests are still answered",
    look: [
      "k8s-readyz takes it out in time. k8s-bare and k8s-tls do not notice: false-up, draining.",
      "It is meant, so it is not confirmed before two minutes are over.",
    ],
  },
  die: {
    mode: "closed",
    what: "is dead: its ports refuse every connection",
    look: [
      "Every check notices that, a few seconds later. haprobe sees it at once and waits for HAProxy (settling):",
      "a server that simply dies is never a confirmed mismatch.",
    ],
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof FAULTS;

/** The words of `break`, in their order. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];
