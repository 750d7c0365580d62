import { escapeUnprintable } from "../contract/quote.ts";
import type { CheckReport } from "./check.ts";
import { isUndecided } from "./wait-until-decided.ts";
import { CHECK_EXIT } from "./exit-code.ts";

const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;

/** One line in the format of monitoring plugins: state, sentence, and performance data as `label=value;warn;crit;min`. */
export function renderPluginLine(report: CheckReport, exitCode: number): string {
  const { servers, summary, instances } = report;
  const counted = servers.filter((server) => server.expected === null);
  const confirmed = (verdict: string): number =>
    counted.filter((server) => server.verdict === verdict && server.phase === "confirmed").length;
  const data = [
    `false_up=${confirmed("false-up")};;0;0`,
    `false_down=${confirmed("false-down")};0;;0`,
    `undecided=${summary.suspected + summary.settling};0;;0`,
    `agree_down=${summary.verdicts["agree-down"]};;;0`,
    `unknown=${summary.verdicts.unknown};;;0`,
    `can_be_falsely_up=${summary.canBeFalselyUp};;;0`,
    `servers=${summary.servers};;;0`,
    `haproxy_failing=${summary.instancesFailing};;;0;${instances.length}`,
  ];
  return `${renderPluginStatus(exitCode, exitReason(report, exitCode))} | ${data.join(" ")}\n`;
}

/** `HAPROBE UNKNOWN - …` without performance data, for a run that ends before anything was measured. */
export function renderPluginStatus(exitCode: number, sentence: string): string {
  // The first `|` of the line begins the performance data, and a name from outside may hold one.
  return `HAPROBE ${STATES[exitCode] ?? "UNKNOWN"} - ${escapeUnprintable(sentence.replaceAll("|", "/"))}`;
}

/** The reason of the exit code: the fleet's sentence, or for `unknown` the error that caused it. */
function exitReason({ instances, servers, summary }: CheckReport, exitCode: number): string {
  if (exitCode !== CHECK_EXIT.unknown) return summary.sentence;
  const broken = instances.find((instance) => instance.error !== null);
  if (broken !== undefined) return `${broken.name}: ${broken.error?.message} [${broken.error?.code}]`;
  const undecided = servers.find((server) => server.reason === "prober-blind" || isUndecided(server));
  return undecided?.sentence ?? summary.sentence;
}
