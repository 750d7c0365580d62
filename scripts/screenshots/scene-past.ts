import type { Judgement } from "../../server/contract/store.ts";
import { SCENE_INSTANCES, type SceneInstance } from "./scene-config.ts";
import { SCENE_BACKENDS, type SceneBackendName } from "./scene-servers.ts";

/** A server of the scene as one instance has it. */
export interface ScenePlace {
  readonly instance: SceneInstance;
  readonly backend: SceneBackendName;
  readonly server: string;
  readonly host: string;
  readonly port: number;
}

/** What was judged of a server from so many minutes ago. */
export interface PastJudgement {
  readonly minutesAgo: number;
  readonly judgement: Judgement;
}

/** The history is this long. */
export const PAST_MINUTES = 65;

/** Every server of every instance, in HAProxy's order. */
export function scenePlaces(): readonly ScenePlace[] {
  return (Object.keys(SCENE_INSTANCES) as SceneInstance[]).flatMap((instance) =>
    SCENE_INSTANCES[instance].flatMap((backend) =>
      SCENE_BACKENDS[backend].servers.map(({ name, host, port }) => ({ instance, backend, server: name, host, port })),
    ),
  );
}

const CHECKS: Readonly<Record<SceneBackendName, Pick<Judgement, "haproxyStatus" | "checkStatus" | "checkCode">>> = {
  "k8s-api": { haproxyStatus: "UP", checkStatus: "L4OK", checkCode: null },
  "rke2-join": { haproxyStatus: "UP", checkStatus: "L4OK", checkCode: null },
  "shop-web": { haproxyStatus: "UP", checkStatus: "L7OK", checkCode: 200 },
  "img-cache": { haproxyStatus: "UP", checkStatus: "L6OK", checkCode: null },
  "legacy-app": { haproxyStatus: "no check", checkStatus: null, checkCode: null },
};

/** What was judged of a server within the last hour, oldest first: most agreed all the time. */
export function pastOf({ instance, backend, server, host, port }: ScenePlace): readonly PastJudgement[] {
  const up: Judgement = {
    ...CHECKS[backend],
    verdict: "agree-up",
    phase: null,
    reason: null,
    probeReason: null,
    probeOutcome: "passed",
    httpStatus: 200,
    sentence: "UP in HAProxy, and its probe passes",
    tone: "ok",
    subject: null,
    expected: false,
  };
  const failing: Judgement = {
    ...up,
    verdict: "false-up",
    phase: "suspected",
    reason: "probe-timed-out",
    probeReason: "probe-timed-out",
    probeOutcome: "failed",
    httpStatus: null,
    sentence: "HAProxy says UP; no answer within 2 s",
    tone: "warning",
    subject: `${host}:${port}`,
  };
  const down: Judgement = {
    ...up,
    verdict: "agree-down",
    reason: "probe-refused",
    probeReason: "probe-refused",
    haproxyStatus: "DOWN",
    checkStatus: "L4CON",
    checkCode: null,
    probeOutcome: "failed",
    httpStatus: null,
    sentence: "DOWN in HAProxy, and it refuses connections",
    tone: "quiet",
  };
  const from = (minutesAgo: number, judgement: Judgement): PastJudgement => ({ minutesAgo, judgement });
  const begin = from(PAST_MINUTES, up);
  if (server === "cp-2" && backend === "k8s-api") return [begin, from(41, failing), from(40.9, up)];
  if (server === "web-05") return [begin, from(29, down), from(26, up)];
  if (server === "web-09") return [begin, from(36.2, { ...failing, phase: "settling" }), from(36, down)];
  if (server === "img-04") {
    const denied = { verdict: "unknown", reason: "probe-denied", probeReason: "probe-denied", tone: "quiet" };
    const answer = { probeOutcome: "denied", httpStatus: 403, sentence: "UP in HAProxy; our probe is rejected (403)" };
    return [begin, from(18, { ...up, ...denied, ...answer })];
  }
  if (server === "web-11" && instance === "lb-2") {
    const falseDown: Judgement = {
      ...up,
      verdict: "false-down",
      phase: "confirmed",
      reason: "haproxy-denied",
      haproxyStatus: "DOWN",
      checkStatus: "L7STS",
      checkCode: 401,
      sentence: "HAProxy says DOWN (L7STS/401); /healthz answers 200",
      tone: "warning",
      subject: `${instance}/${backend}/${server}`,
    };
    return [begin, from(22.3, { ...falseDown, phase: "settling" }), from(22, falseDown)];
  }
  return [begin];
}
