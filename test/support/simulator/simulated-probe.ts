import type { Target } from "../../../server/contract/target.ts";
import type { ProbeFault } from "../../../server/contract/reason.ts";
import type { ProbeCompletion, RawProbeResult, Probe } from "../../../server/probe/probe-completion.ts";
import type { SimulatedMachine, ConnectionOutcome } from "./simulated-machine.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** Our probe of a machine as the real one reports it, over a path that may be cut. */
export function simulatedProbe(
  machineOf: (host: string) => SimulatedMachine,
  us: SimulatedProcess,
  network: SimulatedNetwork,
): Probe {
  return (target, deadline) =>
    new Promise<ProbeCompletion>((resolve) => {
      const sentAt = us.now();
      const outcome = machineOf(target.host).connect(network.blockedBetween("us", target.host));
      const silent = outcome.kind === "timed-out" || outcome.tookMs > target.timeoutMs;
      const untrusted = machineOf(target.host).condition === "untrusted" && outcome.stage !== "connect";
      let completed = false;
      const complete = (how: ConnectionOutcome, isSilent: boolean): void => {
        if (completed) return;
        completed = true;
        forgetReset?.();
        const result = toResult(target, how, isSilent, sentAt, us.now());
        resolve({ kind: "result", result: untrusted ? { ...result, ...UNTRUSTED } : result });
      };
      const forgetReset = outcome.onReset?.(() =>
        us.onArrival(us.now(), () => complete({ ...outcome, kind: "reset" }, false)),
      );
      deadline.setEndHandler(() => {
        if (!deadline.expired) resolve({ kind: "cancelled" });
      });
      // What waits in the socket when a late deadline fires is read first, so an answer wins over our own pause.
      if (silent) us.after(target.timeoutMs, () => complete(outcome, true));
      else us.onArrival(sentAt + outcome.tookMs, () => complete(outcome, false));
    });
}

const UNTRUSTED = {
  outcome: "failed",
  kind: "tls-failed",
  stage: "tls",
  fault: "probe-untrusted",
  httpStatus: null,
} as const;

/** Longer than an export keeps. */
const UNHEALTHY_BODY = "[-]etcd failed: reason withheld\n".repeat(10);

function toResult(
  target: Target,
  outcome: ConnectionOutcome,
  silent: boolean,
  sentAt: number,
  endedAt: number,
): RawProbeResult {
  const { stage, httpStatus, failing } = outcome;
  const kind = silent ? "timed-out" : outcome.kind;
  const answered = kind === "answered";
  const denied = httpStatus === 401 || httpStatus === 403;
  const passed = answered && httpStatus === 200;
  return {
    sentAt,
    endedAt,
    outcome: passed ? "passed" : answered && denied ? "denied" : "failed",
    kind,
    stage,
    fault: passed ? null : faultOf(kind, denied),
    url: `https://${target.host}:${target.port}/readyz`,
    httpStatus: answered ? httpStatus : null,
    failing: answered ? failing : [],
    phasesMs: { connect: null, tls: null, answer: null },
    body: answered && !passed ? UNHEALTHY_BODY : "",
    htmlPage: false,
    certificateExpiresAt: null,
    detail: "",
  };
}

function faultOf(kind: ConnectionOutcome["kind"], denied: boolean): ProbeFault {
  switch (kind) {
    case "answered":
      return denied ? "probe-denied" : "probe-answered-unhealthy";
    case "refused":
      return "probe-refused";
    case "reset":
      return "probe-reset";
    case "timed-out":
      return "probe-timed-out";
  }
}
