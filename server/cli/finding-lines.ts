import type { Finding, FindingSubject } from "../contract/finding.ts";
import { escapeUnprintable } from "../contract/quote.ts";

/** Each finding with its advice below it, for a terminal. */
export function renderFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return "No findings.\n";
  return findings
    .map(({ code, subject, sentence, advice }) => {
      const head = `${code}  ${subjectText(subject)}: ${sentence}`;
      return [head, ...advice.split("\n").map((line) => `    ${line}`)].map(escapeUnprintable).join("\n");
    })
    .map((text) => `${text}\n`)
    .join("");
}

function subjectText({ instance, backend, server }: FindingSubject): string {
  return [instance, backend, server].filter((name) => name !== null).join("/") || "haprobe";
}
