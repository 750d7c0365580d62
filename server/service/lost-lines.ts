import type { FindingDraft } from "../judge/findings.ts";
import { createLogFindings } from "../judge/own-findings.ts";
import type { ServiceOptions } from "./options.ts";

/** Reports a log that cannot be written, and once it can, how many lines were lost; returns what ends that. */
export function reportLostLines(
  output: NonNullable<ServiceOptions["logOutput"]>,
  log: ServiceOptions["log"],
  onFindings: (findings: readonly FindingDraft[]) => void,
): () => void {
  const report = (): void => onFindings(createLogFindings(output.error));
  report();
  output.onChange(() => {
    report();
    const lost = output.lostLines;
    if (output.error === null) log.warn({ event: "log-lines-lost", lost }, `${lost} log lines were lost so far`);
  });
  return () => output.onChange(() => {});
}
