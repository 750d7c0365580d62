import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings, ChannelSettings } from "../contract/alert-settings.ts";
import type { Notification } from "../contract/notification.ts";
import type { ClaimedRow, OutboxDraft, OutboxEntry } from "../contract/store.ts";
import type { Activity } from "./activity.ts";
import type { AlertStore } from "./alert-store.ts";
import type { ChannelHealth } from "./channel-health.ts";
import { parseOutboxBody } from "./outbox-body.ts";
import type { SendOutcome } from "./send/outcome.ts";
import type { SendNotification } from "./send/send-notification.ts";

/** What became of a message, or of an attempt. */
export type DeliveryResult = "sent" | "failed" | "rejected" | "given-up" | "superseded" | "disabled";

export interface DeliveryParts {
  readonly store: AlertStore;
  readonly settings: () => AlertSettings;
  readonly send: SendNotification;
  readonly health: ChannelHealth;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether this haprobe sends, or another one beside it; absent: it always does. */
  readonly activity?: () => Activity;
  readonly onResult: (channel: string, result: DeliveryResult, error: string | null) => void;
}

/** The part of a lease in which a message may be sent; later another process may have taken it. */
const LEASE_USED = 0.8;
/** Retries vary by this part, so that channels that failed together do not return together. */
const JITTER = 0.1;

/** Makes one attempt for a claimed message and settles it. */
export class Delivery {
  readonly #parts: DeliveryParts;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** `claimedAt` is monotonic. Rejects only where the store does; the lease then ends by itself. */
  async attempt(claim: ClaimedRow, claimedAt: number, signal: AbortSignal): Promise<void> {
    const { settings, store, send, clock, health } = this.#parts;
    const draft = claim.row as OutboxDraft;
    const notification = parseOutboxBody(draft.body)?.notification;
    if (notification === undefined) return this.#end(claim, "rejected", "it is no message that haprobe writes");
    const channel = settings().channels.find(({ name }) => name === draft.channel);
    if (channel === undefined) return this.#end(claim, "disabled", "the channel is no longer configured");
    const disabled = health.disabledWhy(channel.name);
    if (disabled !== null) return this.#end(claim, "disabled", disabled);
    if (await this.#leavesToOther(claim, draft)) return;
    const later = supersededBy(draft, await store.lane(draft.lane, LATER_MAX));
    if (later !== null) return this.#end(claim, "superseded", `message ${later.n} of its lane says more`);
    const expiresAt = this.#expiresAt(notification, channel);
    // Each message is attempted, also after haprobe was away; but a receiver that fails is not asked with each old one.
    if (clock.wall() > expiresAt && health.failuresOf(channel.name) > 0 && !(await this.#wasResent(claim.id))) {
      return this.#end(claim, "given-up", NOT_IN_TIME);
    }
    const startedAt = clock.now();
    if (startedAt - claimedAt > claim.leaseMs * LEASE_USED) return;
    const outcome = await send(notification, channel, signal);
    await this.#settle(claim, channel, outcome, clock.now() - startedAt, expiresAt);
  }

  /**
   * True while another haprobe sends: the message ends here, and its lane goes on as if it had been sent. During a take-over
   * an end waits, since the other one may be gone.
   */
  async #leavesToOther(claim: ClaimedRow, { kind, body }: OutboxDraft): Promise<boolean> {
    const { activity = () => "active", store } = this.#parts;
    const now = activity();
    if (now === "active") return false;
    const error = "another haprobe has the address of active-when";
    if (now === "passive" || !isEnd(kind, body)) await this.#end(claim, "superseded", error);
    else {
      const retryInMs = BOUNDS.activityEveryMs;
      await store.settle({ ...toClaim(claim), sent: false, retryInMs, durationMs: 0, status: null, error });
    }
    return true;
  }

  /** Lets a message wait that was claimed for a channel which has failed meanwhile; this counts as no failure of it. */
  async postpone(claim: ClaimedRow, error: string): Promise<void> {
    const { channel } = claim.row as OutboxDraft;
    const retryInMs = this.#retryDelay(this.#parts.health.failuresOf(channel), null);
    await this.#parts.store.settle({ ...toClaim(claim), sent: false, retryInMs, durationMs: 0, status: null, error });
  }

  /** Wall clock after which the message is not retried. Alertmanager is sent the same message for as long as it holds. */
  #expiresAt({ at }: Notification, { transport }: ChannelSettings): number {
    return transport.type === "alertmanager" ? Infinity : Date.parse(at) + this.#parts.settings().retry.forMs;
  }

  /** True where it is due later than any retry would be. */
  async #wasResent(id: string): Promise<boolean> {
    const { store, settings } = this.#parts;
    const entry = (await store.notification(id))?.entry;
    return entry !== undefined && entry.dueAt - entry.madeAt > settings().retry.forMs;
  }

  async #settle(
    claim: ClaimedRow,
    channel: ChannelSettings,
    outcome: SendOutcome,
    durationMs: number,
    expiresAt: number,
  ): Promise<void> {
    const { store, health, clock, onResult } = this.#parts;
    const result = { ...toClaim(claim), durationMs, status: outcome.status };
    switch (outcome.kind) {
      case "sent":
        await store.settle({ ...result, sent: true, retryInMs: null, error: null });
        health.recordSent(channel.name);
        return onResult(channel.name, "sent", null);
      case "retry": {
        const retryInMs = this.#retryDelay(health.failuresOf(channel.name), outcome.afterMs);
        health.recordFailure(channel.name, outcome.error, retryInMs, clock.now());
        if (clock.wall() + retryInMs > expiresAt) {
          const error = `${outcome.error}; ${NOT_IN_TIME}`;
          await store.settle({ ...result, sent: false, retryInMs: null, error });
          return onResult(channel.name, "given-up", error);
        }
        await store.settle({ ...result, sent: false, retryInMs, error: outcome.error });
        return onResult(channel.name, "failed", outcome.error);
      }
      case "rejected":
        await store.settle({ ...result, sent: false, retryInMs: null, error: outcome.error });
        return onResult(channel.name, "rejected", outcome.error);
      case "gone":
        health.disable(channel.name, `its receiver answered ${outcome.error}`);
        await store.settle({ ...result, sent: false, retryInMs: null, error: outcome.error });
        return onResult(channel.name, "disabled", outcome.error);
      default:
        return outcome satisfies never;
    }
  }

  /** Ends a message without an attempt. */
  async #end(claim: ClaimedRow, result: DeliveryResult, error: string): Promise<void> {
    const superseded = result === "superseded";
    const end = { ...toClaim(claim), sent: false, superseded, retryInMs: null, durationMs: 0, status: null, error };
    await this.#parts.store.settle(end);
    this.#parts.onResult((claim.row as OutboxDraft).channel, result, error);
  }

  #retryDelay(failures: number, afterMs: number | null): number {
    const { firstMs, maxMs } = this.#parts.settings().retry;
    const backoff = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
    const jittered = backoff * (1 + JITTER * (2 * this.#parts.random() - 1));
    return Math.round(Math.max(jittered, Math.min(afterMs ?? 0, BOUNDS.alertRetryAfterMaxMs)));
  }
}

const NOT_IN_TIME = "not delivered within retry.for";

/** Rows of a lane that are read to find a later message. */
const LATER_MAX = 3;

/**
 * The later message of the lane that makes this one needless: an end says all of a firing that was never delivered, a newer
 * update all of an older one.
 */
export function supersededBy(draft: OutboxDraft, newest: readonly OutboxEntry[]): OutboxEntry | null {
  const later = newest.filter(({ n, status }) => n > draft.n && status === "waiting");
  const isState = draft.kind === "firing" || draft.kind === "updated" || draft.kind === "notice";
  if (!isState) return null;
  return later.find(({ kind, body }) => isEnd(kind, body) || (draft.kind === "updated" && kind === "updated")) ?? null;
}

function isEnd(kind: string, body: string): boolean {
  if (kind === "resolved") return true;
  return kind === "notice" && parseOutboxBody(body)?.notification.isResolved === true;
}

function toClaim({ of, id, attempt }: ClaimedRow): Pick<ClaimedRow, "of" | "id" | "attempt"> {
  return { of, id, attempt };
}
