import type { RuleDefaults, RuleSettings } from "../contract/settings.ts";
import type { JudgePolicy } from "../contract/target.ts";

/** How patiently the servers of a rule are judged. */
export function judgePolicy(rule: RuleSettings, defaults: RuleDefaults): JudgePolicy {
  return {
    rise: rule.rise,
    fall: rule.fall,
    graceMs: resolveGrace(rule.graceMs, defaults.graceMs),
    graceLearns: rule.graceMs === "auto",
    startGraceMs: rule.startGraceMs,
    drainGraceMs: rule.drainGraceMs,
    sameQuestion: rule.sameQuestion,
    expected: rule.expected,
  };
}

/** What `grace: auto` means in milliseconds. The full meaning is the largest of the floor, 1.5 × (inter + timeout check) of haproxy.cfg, and twice the longest gap between moves of check_health; neither of the last two is known here yet, so it is the floor. */
export function resolveGrace(grace: number | "auto", floorMs: number): number {
  return grace === "auto" ? floorMs : grace;
}
