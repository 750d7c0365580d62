import { serverKey } from "../contract/server-key.ts";
import type { StoredServerName } from "../contract/store.ts";
import type { EventDraft, VerdictDraft } from "./stored-event.ts";

/**
 * The verdicts that the store had before this process, until their servers are judged again: what is judged as before
 * needs no row. A server begins as `probe-pending` with each start; that is kept back until it says more.
 */
export class RecordedVerdicts {
  readonly #before = new Map<string, { readonly server: StoredServerName; readonly content: string }>();
  readonly #pending = new Map<string, VerdictDraft>();

  /** `verdicts` are the newest of each server. */
  constructor(verdicts: Iterable<VerdictDraft>) {
    for (const verdict of verdicts) {
      const { server } = verdict;
      this.#before.set(keyOf(server), { server, content: contentOf(verdict) });
    }
  }

  /** The drafts to write now for this one: none where the store has it. */
  admit(draft: EventDraft): readonly EventDraft[] {
    if (!("server" in draft) || draft.type === "traffic-counted" || this.#before.size === 0) return [draft];
    const key = keyOf(draft.server);
    const before = this.#before.get(key);
    if (before === undefined) return [draft];
    const pending = this.#pending.get(key);
    if (draft.type === "verdict-changed" && pending === undefined && draft.judgement.reason === "probe-pending") {
      this.#pending.set(key, draft);
      return [];
    }
    this.#forget(key);
    if (draft.type === "verdict-changed" && contentOf(draft) === before.content) return [];
    return pending === undefined ? [draft] : [pending, draft];
  }

  /** Takes the drafts that were kept back at `until` or before: nothing more was said of their servers for a while. */
  takePending(until: number): readonly EventDraft[] {
    const due = [...this.#pending].filter(([, { at }]) => at <= until);
    for (const [key] of due) this.#forget(key);
    return due.map(([, draft]) => draft);
  }

  /** Takes the servers that were not judged since and that `listGone` finds to be gone. */
  takeGone(
    listGone: (servers: readonly StoredServerName[]) => readonly StoredServerName[],
  ): readonly StoredServerName[] {
    if (this.#before.size === 0) return [];
    const gone = listGone(Array.from(this.#before.values(), ({ server }) => server));
    for (const server of gone) this.#forget(keyOf(server));
    return gone;
  }

  #forget(key: string): void {
    this.#before.delete(key);
    this.#pending.delete(key);
  }
}

function keyOf({ site, instance, backend, server }: StoredServerName): string {
  return `${site} ${serverKey(instance, backend, server)}`;
}

function contentOf({ judgement, address }: VerdictDraft): string {
  const { verdict, phase, reason, probeReason, haproxyStatus, checkStatus, checkCode } = judgement;
  const { probeOutcome, httpStatus, expected } = judgement;
  return JSON.stringify([
    [verdict, phase, reason, probeReason, haproxyStatus, checkStatus, checkCode, probeOutcome, httpStatus, expected],
    address === null ? null : [address.network, address.host, address.port],
  ]);
}
