import { parentPort, workerData } from "node:worker_threads";
import { advise } from "./advise/advise.ts";
import type { ConfigFile } from "./advise/config-file.ts";
import { formatCure, readFileChecks } from "./advise/file-checks.ts";
import type { LintIssue } from "./advise/lint-issue.ts";
import type { AdviceInThread, AdviceRequest } from "./advise-in-thread.ts";
import type { InstanceName } from "./contract/server-key.ts";
import type { FindingDraft } from "./judge/findings.ts";

/** The thread of one reading of a haproxy.cfg: answers with what it says, and ends. */
parentPort?.postMessage(readAdvice(workerData as AdviceRequest));

function readAdvice({ instance, files }: AdviceRequest): AdviceInThread {
  const advice = advise(files);
  return { checks: readFileChecks(files, advice), findings: summarizeIssues(instance, files, advice.issues) };
}

/** One finding for each section with mistakes: its first one with the cure, and the rules of the others. Notes are left to `haprobe lint`. */
function summarizeIssues(
  instance: InstanceName,
  files: readonly ConfigFile[],
  issues: readonly LintIssue[],
): readonly FindingDraft[] {
  const shown = issues.filter(({ severity }) => severity !== "note");
  return [...Map.groupBy(shown, ({ proxy }) => proxy)].flatMap(([backend, [first, ...others]]) => {
    if (first === undefined) return [];
    const { position, message, rule } = first;
    const rules = [...new Set(others.map((issue) => issue.rule))].join(", ");
    const more = others.length === 0 ? "" : ` And ${others.length} more: ${rules}.`;
    return {
      code: "cfg-issue",
      subject: { instance, backend, server: null },
      sentence: `${position.file}:${position.line}: ${message} [${rule}]${more}`,
      advice: ["haprobe lint --fix shows all of it.", ...formatCure(files, first)].join("\n"),
      afterMs: 0,
    } as const;
  });
}
