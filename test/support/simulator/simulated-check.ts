import type { CheckStatus } from "../../../server/contract/view.ts";
import type { ConnectionOutcome } from "./simulated-machine.ts";

/** A server's check as haproxy.cfg has it. `timeoutMs` is `timeout check`, `connectMs` `timeout connect`. */
export interface CheckSettings {
  readonly depth: "L4" | "L6" | "L7";
  readonly interMs: number;
  readonly fastinterMs?: number;
  readonly downinterMs?: number;
  readonly rise: number;
  readonly fall: number;
  readonly timeoutMs: number;
  readonly connectMs: number;
  /** A server that came up gets its weight little by little over this time. */
  readonly slowstartMs?: number;
}

/** What a check begins with. */
export interface CheckState {
  readonly health: number;
  readonly status: CheckStatus;
  readonly code: number | null;
}

/** Calls back after so many milliseconds of HAProxy's time; the returned function takes it back. */
export type Schedule = (ms: number, run: () => void) => () => void;

/** HAProxy looks at the weight twenty times in a slowstart, at most once a second, and counts it in sixteenths. */
const SLOWSTART_STEPS = 20;
const SLOWSTART_STEP_MIN_MS = 1_000;
const WEIGHT_SCALE = 16;

const PASSED: readonly CheckStatus[] = ["L4OK", "L6OK", "L7OK"];

/**
 * HAProxy's health check of one server, after src/check.c and what was measured of 2.6: a check begins `inter` after the last
 * one ended, a failed one costs its timeout besides, health counts 0 … rise + fall - 1.
 */
export class SimulatedCheck {
  readonly settings: CheckSettings;
  health: number;
  status: CheckStatus = "INI";
  code: number | null = null;
  /** `* `: a check runs, and the last result is still shown. */
  running = false;
  /** In maintenance nothing is checked. */
  paused = false;
  /** Part of its weight that it has: below 1 during a slowstart. */
  slowstartFactor = 1;
  readonly #after: Schedule;
  readonly #connect: () => ConnectionOutcome;
  #cancel = (): void => {};
  #cancelSlowstart = (): void => {};

  /** After its start HAProxy takes a server for UP, one failure away from DOWN; a state file brings back what was known. */
  constructor(
    settings: CheckSettings,
    after: Schedule,
    connect: () => ConnectionOutcome,
    state: CheckState | null = null,
  ) {
    this.settings = settings;
    this.#after = after;
    this.#connect = connect;
    this.health = state?.health ?? settings.rise;
    if (state !== null) ({ status: this.status, code: this.code } = state);
  }

  get full(): number {
    return this.settings.rise + this.settings.fall - 1;
  }

  /** What a state file brings to the next process, as measured on 2.6.12: health becomes full or none, and the code is lost. */
  saveState(): CheckState {
    const { status, health, full, settings } = this;
    return { status, health: health < settings.rise ? 0 : full, code: this.code === null ? null : 0 };
  }

  /** The first checks are spread over the interval. */
  schedule(firstAfterMs: number): void {
    this.#cancel = this.#after(firstAfterMs, () => this.#start());
  }

  stop(): void {
    this.#cancel();
    this.#cancelSlowstart();
  }

  /** Out of maintenance a server is taken for UP, one failure away from DOWN, with its old result. */
  resume(): void {
    this.paused = false;
    this.health = this.settings.rise;
    this.#startSlowstart();
  }

  /** As measured on 2.6.12: `weight` rises from a sixteenth, while the status is plain UP. */
  #startSlowstart(): void {
    const { slowstartMs } = this.settings;
    if (slowstartMs === undefined) return;
    const stepMs = Math.max(SLOWSTART_STEP_MIN_MS, slowstartMs / SLOWSTART_STEPS);
    const warm = (elapsedMs: number): void => {
      const done = elapsedMs >= slowstartMs;
      this.slowstartFactor = done ? 1 : (Math.floor((WEIGHT_SCALE * elapsedMs) / slowstartMs) + 1) / WEIGHT_SCALE;
      if (!done) this.#cancelSlowstart = this.#after(stepMs, () => warm(elapsedMs + stepMs));
    };
    this.#cancelSlowstart();
    warm(0);
  }

  #start(): void {
    if (this.paused) return this.schedule(this.settings.interMs);
    this.running = true;
    const outcome = this.#connect();
    const end = ({ status, code }: { status: CheckStatus; code: number | null }): void => {
      forgetReset?.();
      this.running = false;
      if (!this.paused) this.#count(status, code);
      this.schedule(this.#interval());
    };
    const planned = this.#evaluate(outcome);
    const forgetReset = outcome.onReset?.(() => {
      this.#cancel();
      end(this.#evaluate({ ...outcome, kind: "reset" }));
    });
    this.#cancel = this.#after(planned.tookMs, () => end(planned));
  }

  #count(status: CheckStatus, code: number | null): void {
    const { rise } = this.settings;
    this.status = status;
    this.code = code;
    if (PASSED.includes(status)) {
      const wasDown = this.health < rise;
      if (this.health < this.full) this.health += 1;
      if (this.health >= rise) this.health = this.full;
      if (wasDown && this.health >= rise) this.#startSlowstart();
    } else if (this.health > 0) {
      this.health -= 1;
      if (this.health < rise) this.health = 0;
    }
  }

  /** srv_getinter: `fastinter` while it counts, `downinter` once it is down. */
  #interval(): number {
    const { interMs, fastinterMs, downinterMs } = this.settings;
    if (this.health === this.full) return interMs;
    return this.health === 0 ? (downinterMs ?? interMs) : (fastinterMs ?? interMs);
  }

  /** How a check over this connection ends, and when. */
  #evaluate(outcome: ConnectionOutcome): { status: CheckStatus; code: number | null; tookMs: number } {
    const { depth, interMs, timeoutMs, connectMs } = this.settings;
    const { stage, kind, httpStatus } = outcome;
    const quick = { code: null, tookMs: Math.min(outcome.tookMs, timeoutMs) };
    if (stage === "connect") {
      return kind === "refused"
        ? { ...quick, status: "L4CON" }
        : { status: "L4TOUT", code: null, tookMs: Math.min(connectMs, interMs) };
    }
    if (depth === "L4") return { ...quick, tookMs: 0.3, status: "L4OK" };
    if (stage === "tls") {
      return kind === "reset" ? { ...quick, status: "L6RSP" } : { status: "L6TOUT", code: null, tookMs: timeoutMs };
    }
    if (depth === "L6") return { ...quick, tookMs: 2, status: "L6OK" };
    if (kind === "reset") return { ...quick, status: "L7RSP" };
    if (kind === "timed-out" || outcome.tookMs > timeoutMs) return { status: "L7TOUT", code: null, tookMs: timeoutMs };
    return { ...quick, status: httpStatus === 200 ? "L7OK" : "L7STS", code: httpStatus };
  }
}
