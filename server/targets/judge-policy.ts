import type { RuleDefaults, RuleSettings } from "../contract/settings.ts";
import type { JudgePolicy } from "../contract/target.ts";

/** How the servers of a rule are judged. */
export function resolveJudgePolicy(rule: RuleSettings, defaults: RuleDefaults): JudgePolicy {
  return {
    rise: rule.rise,
    fall: rule.fall,
    graceMs: resolveGrace(rule.graceMs, defaults.graceMs),
    learnsGrace: rule.graceMs === "auto" || rule === defaults,
    startGraceMs: rule.startGraceMs,
    drainGraceMs: rule.drainGraceMs,
    sameQuestion: rule.sameQuestion,
    expected: rule.expected,
  };
}

/** The initial grace in milliseconds; `auto` begins with the default, which the judge adapts to the checks of the backend. */
export function resolveGrace(grace: number | "auto", floorMs: number): number {
  return grace === "auto" ? floorMs : grace;
}
