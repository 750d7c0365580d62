import { type Schedule, type CheckSettings, SimulatedCheck, type CheckState } from "./simulated-check.ts";
import type { SimulatedMachine, ConnectionOutcome } from "./simulated-machine.ts";
import type { StatRow } from "./stats-reply.ts";

/** A line `server …` of haproxy.cfg. Without a check HAProxy takes it for UP. */
export interface SlotSettings {
  readonly machine: SimulatedMachine;
  readonly backend: string;
  readonly mode: "tcp" | "http";
  readonly check: CheckSettings | null;
  /** There is an agent-check besides, every so often. */
  readonly agentInterMs: number | null;
}

/** `weight` on the server's line: enough for the steps of a slowstart to show. */
const FULL_WEIGHT = 100;

export type AdminState = "ready" | "drain" | "maint";

/** What HAProxy holds of one server: its check, its agent, what an operator said, and its counters. */
export class SimulatedSlot {
  readonly settings: SlotSettings;
  admin: AdminState = "ready";
  /** 1, or 0 after `set server … weight 0`. */
  weight = 1;
  /** What the agent answers when it is asked. */
  agentReply: "up" | "down" = "up";
  /** The agent's last word that HAProxy has heard. Through a state file only its DOWN is handed on. */
  #lastAgentReply: "up" | "down" | null = null;
  sessions = 0;
  bytesOut = 0;
  connectErrors = 0;
  retries = 0;
  responses2xx = 0;
  responses5xx = 0;
  responseErrors = 0;
  check: SimulatedCheck | null = null;

  constructor(settings: SlotSettings) {
    this.settings = settings;
  }

  get name(): string {
    return this.settings.machine.name;
  }

  /** As a process of HAProxy begins with it. */
  start(after: Schedule, connect: () => ConnectionOutcome, firstAfterMs: number, state: SlotState | null): void {
    const { check } = this.settings;
    this.stop();
    this.admin = state?.admin ?? "ready";
    this.weight = state?.weight ?? 1;
    this.#lastAgentReply = state?.agentDown === true ? "down" : null;
    this.clearCounters();
    this.check = check === null ? null : new SimulatedCheck(check, after, connect, state?.check ?? null);
    if (this.check !== null) this.check.paused = this.admin === "maint";
    this.check?.schedule(firstAfterMs);
    this.#askAgent(after);
  }

  #askAgent(after: Schedule): void {
    const { agentInterMs } = this.settings;
    if (agentInterMs === null) return;
    after(agentInterMs, () => {
      this.#lastAgentReply = this.agentReply;
      this.#askAgent(after);
    });
  }

  stop(): void {
    this.check?.stop();
  }

  clearCounters(): void {
    [this.sessions, this.bytesOut, this.connectErrors, this.retries] = [0, 0, 0, 0];
    [this.responses2xx, this.responses5xx, this.responseErrors] = [0, 0, 0];
  }

  /** `set server … state …`. */
  setAdminState(admin: AdminState): void {
    if (admin !== "maint" && this.admin === "maint") this.check?.resume();
    if (admin === "maint" && this.check !== null) this.check.paused = true;
    this.admin = admin;
  }

  saveState(): SlotState {
    const { check, admin, weight } = this;
    return { admin, weight, check: check?.saveState() ?? null, agentDown: this.#lastAgentReply === "down" };
  }

  get isDown(): boolean {
    return this.check?.health === 0 || this.#lastAgentReply === "down";
  }

  /** HAProxy sends it new sessions. */
  get usable(): boolean {
    return this.admin === "ready" && this.weight > 0 && !this.isDown;
  }

  /** One session that HAProxy gives to it. */
  countSession(outcome: ConnectionOutcome): void {
    this.sessions += 1;
    if (outcome.stage === "connect") {
      this.connectErrors += 1;
      this.retries += 3;
    } else if (outcome.kind === "answered") {
      this.bytesOut += 500;
      const status = outcome.httpStatus ?? 0;
      if (status >= 500) this.responses5xx += 1;
      else if (status < 300) this.responses2xx += 1;
    } else {
      this.responseErrors += 1;
    }
  }

  /** The columns of `show stat` that say how it stands. */
  columns(): StatRow {
    const { check, admin } = this;
    const agent = this.#lastAgentReply === null ? "" : this.#lastAgentReply === "down" ? "L7STS" : "L7OK";
    const rest = {
      weight: Math.ceil(this.weight * FULL_WEIGHT * (check?.slowstartFactor ?? 1)),
      stot: this.sessions,
      bout: this.bytesOut,
      econ: this.connectErrors,
      wretr: this.retries,
      ...(this.settings.mode === "tcp"
        ? { eresp: 0 }
        : { eresp: this.responseErrors, hrsp_2xx: this.responses2xx, hrsp_5xx: this.responses5xx }),
    };
    if (admin === "maint") return { ...rest, status: "MAINT" };
    if (check === null) return { ...rest, status: this.#statusWithoutCheck(), agent_status: agent };
    return {
      ...rest,
      status: this.#status(check),
      agent_status: agent,
      // While a check runs HAProxy shows the last result, and has already emptied its code.
      check_status: check.running ? `* ${check.status}` : check.status,
      check_code: check.running ? (check.code === null ? "" : 0) : (check.code ?? ""),
      check_duration: 1,
      check_health: check.health,
      check_rise: check.settings.rise,
      check_fall: check.settings.fall,
    };
  }

  #statusWithoutCheck(): string {
    if (this.#lastAgentReply === "down") return "DOWN (agent)";
    return this.admin === "drain" ? "DRAIN" : "no check";
  }

  #status({ health, full, settings: { rise, fall } }: SimulatedCheck): string {
    if (health < rise) return health === 0 ? "DOWN" : `DOWN ${health}/${rise}`;
    if (this.#lastAgentReply === "down") return "DOWN (agent)";
    const word = this.admin === "drain" ? "DRAIN" : "UP";
    return health === full ? word : `${word} ${health - rise + 1}/${fall}`;
  }
}

/** What a state file keeps of a server. */
export interface SlotState {
  readonly admin: AdminState;
  readonly weight: number;
  readonly agentDown: boolean;
  readonly check: CheckState | null;
}
