import { BOUNDS } from "../bounds.ts";
import type { Assignment, FileCure } from "../contract/target.ts";
import type { Advice } from "./advise.ts";
import type { ConfigFile } from "./config-file.ts";
import type { LintIssue } from "./lint-issue.ts";
import { redactLine } from "./redact-line.ts";
import type { JudgedCheck } from "./rule.ts";
import { formatUnifiedDiff } from "./unified-diff.ts";

/** What HAProxy's own configuration says of the check of one server. */
export interface FileCheck {
  /** How long the check needs at worst to notice a fault, with a margin; null where the file does not say. */
  readonly graceMs: number | null;
  /** The diff that cures it; null where there is nothing to cure. */
  readonly cure: FileCure | null;
}

/** Rules about what a check sees: their cure is that of a mismatch which HAProxy cannot detect. */
const ABOUT_SIGHT: ReadonlySet<string> = new Set([
  "check-missing",
  "check-overridden",
  "check-rules-ignored",
  "tcp-check-empty",
  "check-blind",
  "check-accepts-error",
  "check-accepts-denial",
]);

/** The checks of a configuration by `backend/server`, as the servers are called in HAProxy. */
export function readFileChecks(
  files: readonly ConfigFile[],
  { checks, issues }: Advice,
): ReadonlyMap<string, FileCheck> {
  const cures = new Map<string, FileCure>();
  for (const issue of issues) {
    if (!ABOUT_SIGHT.has(issue.rule) || issue.cure.length === 0) continue;
    const cure = formatCure(files, issue);
    for (const server of issue.servers) cures.set(`${issue.proxy}/${server}`, cure);
  }
  const found = new Map<string, FileCheck>();
  for (const check of checks) {
    const backend = check.proxy.section.name?.text ?? "";
    const entry = { graceMs: graceOf(check), cure: cures.get(`${backend}/${check.server.name.text}`) ?? null };
    // More servers than haprobe takes of one HAProxy are not looked up.
    if (found.size >= BOUNDS.serversPerInstanceMax) break;
    for (const name of serverNames(check)) found.set(`${backend}/${name}`, entry);
  }
  return found;
}

/** The diff of one issue, without context and without secrets. */
export function formatCure(files: readonly ConfigFile[], { cure }: LintIssue): FileCure {
  const diffs = files.map((file) => formatUnifiedDiff(file, cure, 0)).filter((diff) => diff !== "");
  return diffs
    .flatMap((diff) => diff.trimEnd().split("\n"))
    .slice(0, BOUNDS.fileCureLines)
    .map(redactLine);
}

/** The assignment with what the file says: a grace that is not set is that of the check, and the cure is the file's. */
export function applyFileCheck(assignment: Assignment, check: FileCheck | undefined): Assignment {
  if (check === undefined) return assignment;
  const { policy } = assignment;
  const own =
    check.graceMs === null || !policy.learnsGrace ? policy : { ...policy, graceMs: check.graceMs, learnsGrace: false };
  return { ...assignment, policy: own, ...(check.cure === null ? {} : { cure: check.cure }) };
}

function graceOf({ depth, timing: { detectionMs } }: JudgedCheck): number | null {
  if (depth === null || depth === "none" || detectionMs === null) return null;
  return Math.min(Math.ceil(detectionMs) + BOUNDS.fileGraceMarginMs, BOUNDS.graceMaxMs);
}

/** `server-template web 1-3` stands for web1, web2 and web3. */
function serverNames({ server }: JudgedCheck): readonly string[] {
  if (!server.isTemplate) return [server.name.text];
  const [, first = "1", last] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(server.line.words[2]?.text ?? "") ?? [];
  const from = last === undefined ? 1 : Number(first);
  const count = Math.min(Number(last ?? first) - from + 1, BOUNDS.fileTemplateServersMax);
  return Array.from({ length: Math.max(0, count) }, (_, index) => `${server.name.text}${from + index}`);
}
