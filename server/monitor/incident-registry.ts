import { BOUNDS } from "../bounds.ts";
import type { Incident, IncidentChange } from "../contract/incident.ts";
import type { Reason } from "../contract/reason.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { Verdict } from "../contract/verdict.ts";
import { type MemberState, type IncidentState, stepIncident } from "../judge/incident-state.ts";
import type { ServerEntry } from "./server-entry.ts";
import { formatHostPort } from "../contract/host-port.ts";

type MismatchVerdict = Extract<Verdict, "false-up" | "false-down">;

interface MemberEntry {
  readonly key: ServerKey;
  readonly server: ServerEntry;
  readonly since: number;
  active: boolean;
  sessions: number;
}

interface IncidentEntry {
  readonly id: string;
  readonly subject: string;
  readonly verdict: MismatchVerdict;
  readonly suspectedAt: number;
  readonly confirmedAt: number;
  state: IncidentState;
  reason: Reason | null;
  sentence: string;
  detectionLagMs: number | null;
  readonly members: Map<ServerKey, MemberEntry>;
  readonly changes: { at: number; what: IncidentChange["what"]; text: string }[];
}

/** The incidents of this run: open ones, and those that ended lately. */
export class IncidentRegistry {
  readonly #entries = new Map<string, IncidentEntry>();
  /** Who belongs to any of them, or has: the others are not looked up with each probe. */
  readonly #memberKeys = new Set<ServerKey>();
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** Takes what was just judged of a server: opens, joins, or goes on. Returns the ids of incidents that changed. */
  update(server: ServerEntry, sentence: () => string, now: number): readonly string[] {
    const changed: string[] = [];
    const { memory, assignment } = server;
    if (memory === null || (memory.decision.phase !== "confirmed" && !this.#memberKeys.has(server.key))) return changed;
    for (const verdict of ["false-up", "false-down"] as const) {
      const slot = incidentKey(server, verdict);
      if (slot === null) continue;
      const expected = assignment.policy.expected?.verdict === verdict;
      const confirmed = memory.decision.verdict === verdict && memory.decision.phase === "confirmed" && !expected;
      let entry = this.#entries.get(slot);
      if (entry === undefined || isPastReopen(entry, now)) {
        if (!confirmed) continue;
        entry = this.#open(slot, server, verdict, sentence, now);
        changed.push(entry.id);
        continue;
      }
      if (confirmed) this.#addMember(entry, server, now);
      if (entry.members.has(server.key) && this.#updateMember(entry, server, sentence, now)) changed.push(entry.id);
    }
    return changed;
  }

  /** Lets time go on: what is quiet for long enough ends. */
  tick(now: number): readonly string[] {
    const changed: string[] = [];
    for (const [slot, entry] of this.#entries) {
      if (entry.state.kind === "healing" && this.#advance(entry, now)) changed.push(entry.id);
      if (isPastReopen(entry, now) && this.#entries.size > BOUNDS.incidentsKept) this.#remove(slot);
    }
    return changed;
  }

  #remove(slot: string): void {
    this.#entries.delete(slot);
    this.#memberKeys.clear();
    for (const { members } of this.#entries.values()) for (const key of members.keys()) this.#memberKeys.add(key);
  }

  /** A server is gone, or lives at another address: its part in whatever it belonged to is over. */
  removeMember(key: ServerKey, why: "removed" | "address-changed", now: number): readonly string[] {
    const changed: string[] = [];
    for (const entry of this.#entries.values()) {
      const member = entry.members.get(key);
      if (member === undefined || entry.state.kind === "ended") continue;
      entry.members.delete(key);
      this.#recordChange(entry, "member-left", `${key} ${why}`, now);
      if (entry.members.size === 0) {
        entry.members.set(key, { ...member, active: false });
        entry.state = { kind: "ended", flaps: entry.state.flaps, at: now, end: why };
        this.#recordChange(entry, "ended", why, now);
      }
      changed.push(entry.id);
    }
    return changed;
  }

  /** Newest first. */
  list(iso: (at: number) => string): readonly Incident[] {
    return [...this.#entries.values()].map((entry) => toIncident(entry, iso)).toReversed();
  }

  #open(
    slot: string,
    server: ServerEntry,
    verdict: MismatchVerdict,
    sentence: () => string,
    now: number,
  ): IncidentEntry {
    const { memory } = server;
    const entry: IncidentEntry = {
      id: this.#newId(),
      subject: slot.slice(slot.indexOf(" ") + 1),
      verdict,
      suspectedAt: memory?.disagreement?.beganAt ?? now,
      confirmedAt: now,
      state: { kind: "open", flaps: 0 },
      reason: memory?.decision.reason ?? null,
      sentence: sentence(),
      detectionLagMs: null,
      members: new Map(),
      changes: [],
    };
    // Map order is the order of opening.
    this.#entries.delete(slot);
    this.#entries.set(slot, entry);
    this.#recordChange(entry, "confirmed", entry.sentence, now);
    this.#addMember(entry, server, now);
    return entry;
  }

  #addMember(entry: IncidentEntry, server: ServerEntry, now: number): void {
    const known = entry.members.get(server.key);
    if (known?.active) return;
    this.#memberKeys.add(server.key);
    const since = server.memory?.decision.since ?? now;
    entry.members.set(server.key, { key: server.key, server, since, active: true, sessions: known?.sessions ?? 0 });
    if (entry.members.size > 1) this.#recordChange(entry, "member-joined", server.key, now);
  }

  /** A member said something new; true if the incident looks different now. */
  #updateMember(entry: IncidentEntry, server: ServerEntry, sentence: () => string, now: number): boolean {
    const member = entry.members.get(server.key);
    const { memory } = server;
    if (member === undefined || memory === null) return false;
    let changed = false;
    if (member.active && memory.decision.verdict !== entry.verdict && memory.decision.verdict !== "unknown") {
      member.active = false;
      changed = true;
      if (memory.decision.verdict === "agree-down")
        entry.detectionLagMs ??= Math.max(0, memory.haproxy.beliefChangedAt - entry.suspectedAt);
    }
    if (
      memory.decision.verdict === entry.verdict &&
      memory.decision.phase === "confirmed" &&
      memory.decision.reason !== entry.reason
    ) {
      entry.reason = memory.decision.reason;
      entry.sentence = sentence();
      this.#recordChange(entry, "reason", entry.sentence, now);
      changed = true;
    }
    if (server.misrouted !== null) member.sessions = Math.max(member.sessions, server.misrouted.sessions);
    return this.#advance(entry, now) || changed;
  }

  #advance(entry: IncidentEntry, now: number): boolean {
    const before = entry.state;
    const next = stepIncident(before, entry.verdict, [...entry.members.values()].map(memberStateOf), now);
    if (next === before) return false;
    entry.state = next;
    if (next.kind === before.kind) return false;
    if (next.kind === "healing") this.#recordChange(entry, "healing", next.end, now);
    if (next.kind === "ended") this.#recordChange(entry, "ended", next.end, now);
    if (next.kind === "open")
      this.#recordChange(entry, before.kind === "ended" ? "reopened" : "relapsed", entry.sentence, now);
    return true;
  }

  #recordChange(entry: IncidentEntry, what: IncidentChange["what"], text: string, now: number): void {
    entry.changes.push({ at: now, what, text });
    // The beginning stays: it is what people ask for.
    if (entry.changes.length > BOUNDS.incidentChangesKept) entry.changes.splice(1, 1);
  }
}

function toIncident(entry: IncidentEntry, iso: (at: number) => string): Incident {
  const members = [...entry.members.values()];
  const { state } = entry;
  return {
    id: entry.id,
    state: state.kind,
    verdict: entry.verdict,
    reason: entry.reason,
    subject: entry.subject,
    sentence: entry.sentence,
    members: members.map(({ key, server, since, active, sessions }) => ({
      key,
      instance: server.instance,
      backend: server.view.backend,
      server: server.view.server,
      since: iso(since),
      active: active && state.kind !== "ended",
      sessions,
    })),
    suspectedAt: iso(entry.suspectedAt),
    confirmedAt: iso(entry.confirmedAt),
    endedAt: state.kind === "ended" ? iso(state.at) : null,
    end: state.kind === "ended" ? state.end : null,
    flaps: state.flaps,
    detectionLagMs: entry.detectionLagMs === null ? null : Math.round(entry.detectionLagMs),
    sessions: members.reduce((sum, member) => sum + member.sessions, 0),
    changes: entry.changes.map(({ at, what, text }) => ({ at: iso(at), what, text })),
  };
}

/** A sick target is one fault however many servers route to it; a false-down is about one server's check. */
function incidentKey(server: ServerEntry, verdict: MismatchVerdict): string | null {
  if (verdict === "false-down") return `false-down ${server.key}`;
  if (server.assignment.kind === "none") return null;
  const { network, host, port } = server.assignment.target;
  return `false-up ${network === "default" ? "" : `${network}/`}${formatHostPort(host, port)}`;
}

function isPastReopen({ state }: IncidentEntry, now: number): boolean {
  return state.kind === "ended" && now - state.at > BOUNDS.reopenMs;
}

function memberStateOf({ server }: MemberEntry): MemberState {
  const { memory } = server;
  if (memory === null) return { verdict: "unknown", phase: null, frozen: true };
  const { verdict, phase, reason } = memory.decision;
  const frozen = reason === "haproxy-stale" || reason === "prober-blind" || reason === "haproxy-unverified";
  return { verdict, phase, frozen };
}
