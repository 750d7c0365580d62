import { BOUNDS } from "../bounds.ts";
import { FINDING_CODES, type Finding, findingId } from "../contract/finding.ts";
import type { FindingDraft } from "../judge/findings.ts";

interface FindingEntry {
  readonly draft: FindingDraft;
  readonly since: number;
}

/** The current findings and the time of their first detection. */
export class FindingRegistry {
  #entries = new Map<string, FindingEntry>();
  #detectedAt = Number.NEGATIVE_INFINITY;
  /** Findings about this process, by the part that reports them. */
  readonly #own = new Map<string, readonly FindingDraft[]>();

  /** Sets the findings about this process from one of its parts; they count from the next `replace` on. */
  setOwn(source: string, drafts: readonly FindingDraft[]): void {
    this.#own.set(source, drafts);
  }

  /** True where the last detection is `findingsEveryMs` ago. */
  isDue(now: number): boolean {
    return now - this.#detectedAt >= BOUNDS.findingsEveryMs;
  }

  /**
   * Replaces all findings by those about this process and those detected at `now`, at most `findingsMax`; a finding
   * detected again keeps its time. Yields where a draft is null.
   */
  *replace(drafts: Iterable<FindingDraft | null>, now: number): Generator<void, void, void> {
    this.#detectedAt = now;
    const before = this.#entries;
    const next = new Map<string, FindingEntry>();
    for (const own of this.#own.values()) for (const draft of own) add(draft);
    for (const draft of drafts) {
      if (draft === null) yield;
      else if (next.size >= BOUNDS.findingsMax) break;
      else add(draft);
    }
    this.#entries = next;

    function add(draft: FindingDraft): void {
      const id = findingId(draft);
      next.set(id, { draft, since: before.get(id)?.since ?? now });
    }
  }

  /** Findings older than their `afterMs`, in the order of the codes. */
  list(now: number, iso: (at: number) => string): readonly Finding[] {
    const findings: Finding[] = [];
    for (const [id, { draft, since }] of this.#entries) {
      if (now - since < draft.afterMs) continue;
      const { code, subject, sentence, advice } = draft;
      findings.push({ id, code, subject, sentence, advice, since: iso(since), vantages: [] });
    }
    return findings.sort((a, b) => FINDING_CODES.indexOf(a.code) - FINDING_CODES.indexOf(b.code));
  }
}
