import type { ProbeKind, ProbeStage } from "../../../server/contract/probe-result.ts";
import type { SeededRandom } from "./seeded-random.ts";

/**
 * What a server does with a connection. `denied`: it wants credentials, or its RBAC is not loaded yet; `untrusted`: it is
 * well, and shows a certificate that our rule does not trust, which HAProxy's checks do not look at; `unready`: its health
 * path fails, its application works.
 */
export type Condition =
  | "ok"
  | "slow"
  | "etcd"
  | "503"
  | "hang"
  | "mute"
  | "slam"
  | "closed"
  | "draining"
  | "denied"
  | "starting"
  | "untrusted"
  | "unready";

/** How a connection goes, from wherever it comes: up to `stage`, and what happens there. */
export interface ConnectionOutcome {
  readonly stage: ProbeStage;
  readonly kind: Extract<ProbeKind, "answered" | "refused" | "reset" | "timed-out">;
  readonly httpStatus: number | null;
  readonly failing: readonly string[];
  /** Until it is over; of no meaning for `timed-out`, which lasts until the caller's timeout. */
  readonly tookMs: number;
  /** Calls back where the server resets the connection before that; the returned function takes it back. */
  readonly onReset?: (callback: () => void) => () => void;
}

const ANSWERS: Partial<Record<Condition, { status: number; failing: readonly string[] }>> = {
  ok: { status: 200, failing: [] },
  slow: { status: 200, failing: [] },
  untrusted: { status: 200, failing: [] },
  etcd: { status: 500, failing: ["etcd"] },
  "503": { status: 503, failing: [] },
  draining: { status: 500, failing: ["shutdown"] },
  denied: { status: 403, failing: [] },
  unready: { status: 503, failing: [] },
  starting: { status: 500, failing: ["poststarthook/rbac/bootstrap-roles"] },
};

/** Why packets do not get there: swallowed, or turned back. */
export type BlockMode = "drop" | "reject";

/** A machine with one server on it, as the network knows it. */
export class SimulatedMachine {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Milliseconds that it takes to answer while it is `slow`. */
  slowMs = 0;
  /** Milliseconds that every answer takes besides. */
  latencyMs = 0;
  condition: Condition = "ok";
  readonly #random: SeededRandom;
  readonly #onCondition: (condition: Condition) => void;
  readonly #openConnections = new Set<() => void>();

  constructor(
    address: { name: string; host: string; port: number; tls: boolean },
    random: SeededRandom,
    onCondition: (condition: Condition) => void,
  ) {
    this.name = address.name;
    this.host = address.host;
    this.port = address.port;
    this.tls = address.tls;
    this.#random = random;
    this.#onCondition = onCondition;
  }

  setCondition(condition: Condition): void {
    if (condition === this.condition) return;
    this.condition = condition;
    this.#onCondition(condition);
  }

  /** Resets every connection that waits for an answer, as the end of a process does. */
  resetConnections(): void {
    for (const reset of [...this.#openConnections]) reset();
    this.#openConnections.clear();
  }

  /** What happens to a client's connection over a path that is cut like this. */
  connectClient(cut: BlockMode | null): ConnectionOutcome {
    const outcome = this.connect(cut);
    return this.condition === "unready" && outcome.kind === "answered" ? { ...outcome, httpStatus: 200 } : outcome;
  }

  /** What happens to a probe's or a check's connection over a path that is cut like this. */
  connect(cut: BlockMode | null): ConnectionOutcome {
    const tookMs = this.#random.between(0.2, 3);
    const onReset = (callback: () => void): (() => void) => {
      this.#openConnections.add(callback);
      return () => this.#openConnections.delete(callback);
    };
    const ends = (stage: ProbeStage, kind: ConnectionOutcome["kind"]): ConnectionOutcome => ({
      stage,
      kind,
      httpStatus: null,
      failing: [],
      tookMs,
      ...(kind === "timed-out" && cut === null ? { onReset } : {}),
    });
    if (cut !== null) return ends("connect", cut === "drop" ? "timed-out" : "refused");
    const answer = ANSWERS[this.condition];
    if (answer !== undefined) {
      const late = this.latencyMs + (this.condition === "slow" ? this.slowMs : 0);
      const { status, failing } = answer;
      return { stage: "answer", kind: "answered", httpStatus: status, failing, tookMs: tookMs + late, onReset };
    }
    switch (this.condition) {
      case "closed":
        return ends("connect", "refused");
      case "slam":
        return ends(this.tls ? "tls" : "answer", "reset");
      case "mute":
        return ends(this.tls ? "tls" : "answer", "timed-out");
      default:
        return ends("answer", "timed-out");
    }
  }
}
