import { BOUNDS } from "../bounds.ts";
import type { FindingCode, FindingSubject } from "../contract/finding.ts";
import { runtimeApiName, UNSAFE_NAME } from "../contract/quote.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { CheckQuality } from "../contract/verdict.ts";
import type { HintCode, ServerView, SnapshotHint } from "../contract/view.ts";
import { isUsable } from "./belief.ts";

/** A finding without its history; it is shown once it has held for `afterMs`. */
export interface FindingDraft {
  readonly code: FindingCode;
  readonly subject: FindingSubject;
  readonly sentence: string;
  readonly advice: string;
  readonly afterMs: number;
}

/** What findings are made of for one server. */
export interface ServerFacts {
  readonly instance: InstanceName;
  readonly view: ServerView;
  readonly quality: CheckQuality | null;
  /** Key of its target, null where there is none. */
  readonly target: string | null;
  readonly graceMs: number;
  /** The request of its probe has got the answer of a healthy server, or a 5xx: a check may request the same. */
  readonly isProbeAnswered: boolean;
  /** Lines for haproxy.cfg of a check that requests what the probe requests. */
  readonly cure: () => readonly string[];
  readonly isUnstable: boolean;
  readonly isFlapping: boolean;
  /** Its newest probe result is too old to count. */
  readonly isProbeStale: boolean;
  /** Why its probes go without the credentials of the rule; null where they do not. */
  readonly credentialsWithheldWhy: string | null;
}

/** One backend of one instance. */
export interface BackendFacts {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly servers: readonly ServerFacts[];
}

/** Statuses that one sentence names. */
const UNUSABLE_STATES_MAX = 5;

/** What each quality of a check means and what cures it; qualities that need no cure have no row. */
const CHECK_FINDING_TEXTS: Partial<Record<CheckQuality, { code: FindingCode; sentence: string; advice: string }>> = {
  "check-missing": {
    code: "check-missing",
    sentence: "is not checked at all: HAProxy sends it traffic whatever happens",
    advice: "Add a check that requests what the probe requests.",
  },
  "check-blind": {
    code: "check-blind",
    sentence: "is checked no further than its port or its TLS handshake: a broken server stays UP",
    advice: "Let the check request what the probe requests; remove other `option …-chk` and `option tcp-check` lines.",
  },
  "check-accepts-denial": {
    code: "check-accepts-denial",
    sentence: "passes its check with 401 or 403, so a server that rejects every request stays UP",
    advice: "http-check expect status 200, and give the check credentials or open the health path.",
  },
  "check-accepts-error": {
    code: "check-accepts-error",
    sentence: "passes its check with a 5xx: the expected text is in the error's body too",
    advice: "http-check expect status 200 (expect string ok also matches `[+]ping ok`; expect rstring ^ok$ does not).",
  },
  "check-accepts-redirect": {
    code: "check-accepts-redirect",
    sentence: "passes its check with a redirect, which says nothing about its health",
    advice: "http-check send meth GET uri with the path that is redirected to, and http-check expect status 200.",
  },
  "check-accepts-missing": {
    code: "check-accepts-missing",
    sentence: "passes its check with 404 or 410",
    advice: "Ask for a path that exists, and http-check expect status 200.",
  },
  "check-elsewhere": {
    code: "check-elsewhere",
    sentence: "is checked on another port or address than its traffic goes to",
    advice: "Leave out port and addr of the check, or be sure that what answers there speaks for the traffic's port.",
  },
};

/** Findings about one backend's check: one line for all servers of the same quality. */
export function detectCheckFindings({ instance, backend, servers }: BackendFacts): FindingDraft[] {
  const count = new Map<CheckQuality, number>();
  for (const { quality } of servers) if (quality !== null) count.set(quality, (count.get(quality) ?? 0) + 1);
  const drafts: FindingDraft[] = [];
  for (const [quality, of] of count) {
    const text = CHECK_FINDING_TEXTS[quality];
    if (text === undefined) continue;
    const which =
      of === servers.length ? `Every server of ${backend}` : `${of} of ${servers.length} servers of ${backend}`;
    drafts.push({
      code: text.code,
      subject: { instance, backend, server: null },
      sentence: `${which} ${text.sentence}`,
      advice: [text.advice, ...cureOf(quality, servers)].join("\n"),
      afterMs: 0,
    });
  }
  return drafts;
}

/** The lines that turn a check that sees too little into one that sees what the probe sees; none where there are none. */
function cureOf(quality: CheckQuality, servers: readonly ServerFacts[]): readonly string[] {
  if (quality !== "check-missing" && quality !== "check-blind") return [];
  const checked = servers.filter((server) => server.quality === quality && server.target !== null);
  return checked.every(({ isProbeAnswered }) => isProbeAnswered) ? (checked[0]?.cure() ?? []) : [];
}

/** HAProxy's status, which is UP for a server without weight. */
function unusableState({ status, weight, state }: ServerView): string {
  return weight === 0 && (state === "up" || state === "no-check") ? `${status} with weight 0` : status;
}

/** A backend with servers of which none can get traffic. */
export function detectUnusableBackend({ instance, backend, servers }: BackendFacts): FindingDraft[] {
  const isUnusable = ({ view }: ServerFacts): boolean => view.state !== "unknown" && !isUsable(view);
  if (servers.length === 0 || !servers.every(isUnusable)) return [];
  const states = new Map<string, number>();
  for (const { view } of servers) states.set(unusableState(view), (states.get(unusableState(view)) ?? 0) + 1);
  const list = [...states].slice(0, UNUSABLE_STATES_MAX).map(([status, count]) => `${count} ${status}`);
  return [
    {
      code: "backend-without-servers",
      subject: { instance, backend, server: null },
      sentence: `No server of ${backend} can get traffic: ${list.join(", ")}`,
      advice: "Bring a server back, or check why HAProxy has them all out of use.",
      afterMs: 0,
    },
  ];
}

/** Findings about single servers. */
export function detectServerFindings({
  instance,
  view,
  isUnstable: unstable,
  isFlapping,
  credentialsWithheldWhy: withheld,
}: ServerFacts): FindingDraft[] {
  const subject = { instance, backend: view.backend, server: view.server };
  const drafts: FindingDraft[] = [];
  const held = view.sessionsCurrent ?? 0;
  if (view.state === "down" && held > 0) {
    const name = runtimeApiName(view.backend, view.server);
    drafts.push({
      code: "sessions-held",
      subject,
      sentence: `${view.server} is DOWN and still holds ${held} ${held === 1 ? "session" : "sessions"} from before`,
      advice: `Mitigate: ${name === null ? UNSAFE_NAME : `shutdown sessions server ${name}.`} Permanent fix: on-marked-down shutdown-sessions on the server line.`,
      afterMs: BOUNDS.sessionsHeldAfterMs,
    });
  }
  if (withheld !== null) {
    drafts.push({
      code: "credentials-withheld",
      subject,
      sentence: `${view.server} is probed without the rule's credentials: ${withheld}`,
      advice:
        "Name its address in the rule's allow, or verify it by the rule's own ca-file. HAProxy's word alone sends no secret anywhere.",
      afterMs: 0,
    });
  }
  if (isFlapping) {
    const check = [view.check.status, view.check.text].filter(Boolean).join(", ");
    drafts.push({
      code: "server-flapping",
      subject,
      sentence: `HAProxy takes ${view.server} DOWN and UP again and again${check === "" ? "" : ` (last check: ${check})`}`,
      advice: "Compare fall, rise and timeout check with the time that the server needs to respond.",
      afterMs: 0,
    });
  }
  if (unstable) {
    drafts.push({
      code: "server-unstable",
      subject,
      sentence: `${view.server} fails its probe again and again while HAProxy sends it traffic`,
      advice: "Look at the server itself: restarts, memory, or a dependency that comes and goes.",
      afterMs: 0,
    });
  }
  return drafts;
}

/** Targets that one instance uses and another has DOWN, for longer than it takes to notice. */
export function detectSplitFindings(servers: readonly ServerFacts[]): FindingDraft[] {
  // Only the few targets that some instance has DOWN are compared.
  const refusedTargets = new Set<string>();
  for (const { view, target } of servers) if (view.state === "down" && target !== null) refusedTargets.add(target);
  const byTarget = new Map<string, ServerFacts[]>();
  if (refusedTargets.size === 0) return [];
  for (const server of servers) {
    if (server.target === null || !refusedTargets.has(server.target)) continue;
    const sharing = byTarget.get(server.target);
    if (sharing === undefined) byTarget.set(server.target, [server]);
    else sharing.push(server);
  }
  const drafts: FindingDraft[] = [];
  for (const sharing of byTarget.values()) {
    const used = sharing.filter(({ view }) => isUsable(view));
    // A server that was taken out of service may still be healthy.
    const refused = sharing.filter(({ view }) => view.state === "down");
    for (const [group, others] of [
      [used, refused],
      [refused, used],
    ] as const) {
      const [first] = others;
      const second = others.find(({ instance }) => instance !== first?.instance);
      for (const here of group) {
        const other = first?.instance === here.instance ? second : first;
        if (other !== undefined) drafts.push(createSplitFinding(here, other));
      }
    }
  }
  return drafts;
}

function createSplitFinding(here: ServerFacts, other: ServerFacts): FindingDraft {
  const { view, instance } = here;
  return {
    code: "split",
    subject: { instance, backend: view.backend, server: view.server },
    sentence: `${instance} has ${view.server} ${view.status}, ${other.instance} has it ${other.view.status}`,
    advice: "Compare the two checks and the way from each HAProxy to the server.",
    afterMs: here.graceMs,
  };
}

/** Findings about our own path: groups in which most of what HAProxy reaches is out of our reach. */
export function createBlindnessFindings(groups: ReadonlySet<string>, graceMs: number): FindingDraft[] {
  if (groups.size === 0) return [];
  const [first = ""] = groups;
  const where = groups.has("*") ? "everywhere" : first;
  return [
    {
      code: "prober-blind",
      subject: { instance: null, backend: null, server: null },
      sentence: `haprobe cannot reach most of what HAProxy reaches (${where})`,
      advice: "Look at the network of the machine that haprobe runs on; until then those servers are not judged.",
      afterMs: graceMs,
    },
  ];
}

/** Findings about servers whose probes are not sent any more. */
export function createStaleProbeFindings(stale: readonly ServerFacts[]): FindingDraft[] {
  const [first] = stale;
  if (first === undefined) return [];
  const example = `${first.instance}/${first.view.backend}/${first.view.server}`;
  const servers = stale.length === 1 ? `${example} has` : `${stale.length} servers, among them ${example}, have`;
  return [
    {
      code: "probe-stale",
      subject: { instance: null, backend: null, server: null },
      sentence: `${servers} no recent probe result: this machine does not send the probes`,
      advice: "Look in haprobe's log for the reason: no route, a local firewall, no free ports or files.",
      afterMs: 0,
    },
  ];
}

const FINDING_CODE_BY_HINT: Readonly<Record<HintCode, FindingCode>> = {
  "no-addresses": "addresses-hidden",
  "no-process": "restarts-guessed",
  "no-port": "offset-ports",
  "unknown-words": "unknown-words",
  "malformed-rows": "malformed-rows",
};

/** Findings from the hints of an instance's answer. */
export function createHintFindings(instance: InstanceName, hints: readonly SnapshotHint[]): FindingDraft[] {
  return hints.map(({ code, sentence, remedy, examples, count }) => {
    const more = count > examples.length ? ` and ${count - examples.length} more` : "";
    return {
      code: FINDING_CODE_BY_HINT[code],
      subject: { instance, backend: null, server: null },
      sentence: examples.length === 0 ? sentence : `${sentence} (${examples.join(", ")}${more})`,
      advice: remedy,
      afterMs: 0,
    };
  });
}

/** The servers beyond the limit, which are not judged. */
export function createTooManyServersFindings(leftOut: number): FindingDraft[] {
  if (leftOut === 0) return [];
  return [
    {
      code: "too-many-servers",
      subject: { instance: null, backend: null, server: null },
      sentence: `${leftOut} servers are not judged: ${BOUNDS.serversPerInstanceMax} of one HAProxy and ${BOUNDS.serversMax} in all are the most that one haprobe judges`,
      advice: "Run a second haprobe for some of the instances.",
      afterMs: 0,
    },
  ];
}

/** Findings about event sinks that do not keep up. */
export function createSinkFindings(behind: readonly string[]): FindingDraft[] {
  if (behind.length === 0) return [];
  return [
    {
      code: "store-behind",
      subject: { instance: null, backend: null, server: null },
      sentence: `Events wait for ${behind.join(", ")}: what it keeps or sends is late, and the oldest are dropped when the queue is full`,
      advice: "Look at what it writes or sends to. Polls, probes and verdicts go on without it.",
      afterMs: 0,
    },
  ];
}

/** Findings about servers that an error of haprobe's own code kept from being judged. */
export function createInternalErrorFindings(
  servers: Iterable<{ readonly instance: InstanceName; readonly view: ServerView }>,
): FindingDraft[] {
  return Array.from(servers, ({ instance, view }) => ({
    code: "internal-error",
    subject: { instance, backend: view.backend, server: view.server },
    sentence: `haprobe failed to judge ${view.server}: its last verdict stays until it is judged again`,
    advice: "This is a fault of haprobe: please report it with the log line `internal error` of this server.",
    afterMs: 0,
  }));
}
