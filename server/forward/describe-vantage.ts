import { BOUNDS } from "../bounds.ts";
import { type Finding, HUB_FINDING_CODES, QUOTING_FINDING_CODES } from "../contract/finding.ts";
import type { LiveState } from "../contract/ports.ts";
import type { InstanceStatus } from "../contract/status.ts";
import type { VantageStatus } from "../contract/vantage.ts";

/** What a haprobe says of itself: the HAProxies of its site that it polls, what it found about them, and whether it is blind. */
export function describeVantage(
  live: Pick<LiveState, "instances" | "findings">,
  site: string,
  version: string,
): VantageStatus {
  const instances = live.instances().filter((instance) => instance.site === site);
  const names = new Set<string | null>([null, ...instances.map(({ name }) => name)]);
  const findings = live.findings();
  return {
    version,
    instances: instances.map(clipInstance),
    isBlind: findings.some(({ code }) => code === "prober-blind"),
    findings: findings
      .filter(({ code, subject }) => names.has(subject.instance) && !HUB_FINDING_CODES.has(code))
      .slice(0, BOUNDS.vantageFindingsMax)
      .map(clipFinding),
  };
}

function clipInstance(instance: InstanceStatus): InstanceStatus {
  const { stats, error } = instance;
  return {
    ...instance,
    stats: clip(stats, BOUNDS.ingestTextChars),
    error: error === null ? null : { ...error, message: clip(error.message, BOUNDS.ingestTextChars) },
  };
}

/** A configuration may hold secrets, so that none is quoted. */
function clipFinding(finding: Finding): Finding {
  const isQuoting = QUOTING_FINDING_CODES.has(finding.code);
  const sentence = isQuoting ? "A configuration has a problem; the page of this vantage says which" : finding.sentence;
  const advice = isQuoting ? "" : clip(finding.advice, BOUNDS.ingestAdviceChars);
  return { ...finding, sentence: clip(sentence, BOUNDS.ingestTextChars), advice };
}

/** The text as a hub takes it: PostgreSQL refuses a NUL. */
function clip(text: string, atMost: number): string {
  return text.slice(0, atMost).replaceAll("\0", "");
}
