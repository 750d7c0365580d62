import { escapeUnprintable } from "../contract/quote.ts";
import type { IncidentSpell, SaidComparison } from "../recording/compare-said.ts";
import { incidentSpells } from "../recording/compare-said.ts";
import type { SaidVerdict } from "../recording/recording-lines.ts";
import type { ReplayedRecording } from "../recording/replay-recording.ts";

/** Verdict changes of a difference that are shown. */
const SHOWN_MAX = 20;

/** A replay with the rules of the recording: every verdict and incident, and where they differ from what was said live. */
export function renderReplay(replay: ReplayedRecording, comparison: SaidComparison): string {
  const { replayed } = replay;
  const verdicts = replayed.filter((said): said is SaidVerdict => said.kind === "verdict");
  const incidents = incidentSpells(replayed);
  const differences = [
    ...incidentDifferences(comparison),
    ...someVerdicts("said live only", comparison.liveOnly),
    ...someVerdicts("said by the replay only", comparison.replayedOnly),
  ];
  return lines([
    ...renderHead(replay),
    ...verdicts.map(formatVerdict),
    ...(incidents.length === 0 ? [] : ["", "Incidents:", ...incidents.map(formatSpell)]),
    ...(verdicts.length + incidents.length === 0 ? [] : [""]),
    differences.length === 0
      ? `The replay says what was said live: ${formatCount(verdicts.length, "verdict change")}, ${formatCount(incidents.length, "incident")}.`
      : "The replay differs from what was said live:",
    ...differences,
  ]);
}

/** A replay with another configuration: what it changes about the incidents. `askedOtherwise`: servers without results. */
export function renderDifference(
  replay: ReplayedRecording,
  comparison: SaidComparison,
  config: string,
  askedOtherwise: number,
): string {
  const { same, liveOnly, replayedOnly } = comparison;
  const differences = incidentDifferences(comparison);
  return lines([
    ...renderHead(replay),
    ...(askedOtherwise === 0
      ? []
      : [
          `${formatCount(askedOtherwise, "server")} would be asked something else, which the recording has no results of: not judged.`,
        ]),
    `With ${config}, ${formatCount(same.length, "incident")} would stay the same${differences.length === 0 ? ", and none would differ." : ":"}`,
    ...differences,
    `Verdict changes: ${liveOnly.length} live ones would not be, ${replayedOnly.length} would be new.`,
  ]);
}

function renderHead({ span, head, unsettled, lostInputs, faults }: ReplayedRecording): string[] {
  if (span === null || head === null) return ["The recording is empty.", ""];
  return [
    `Recorded by haprobe ${escapeUnprintable(head.haprobe)} at ${escapeUnprintable(head.vantage)}, ${iso(span.from)} to ${iso(span.to)}`,
    ...(lostInputs === 0 ? [] : [`${formatCount(lostInputs, "input")} could not be recorded.`]),
    ...unsettled.map(
      ({ from, to }) => `Not compared: ${iso(from)} to ${iso(to)}, where the recording begins in the middle of a run.`,
    ),
    ...faults.map(
      ({ part, name, error }) => `Fault of haprobe in ${part} ${escapeUnprintable(name)}: ${String(error)}`,
    ),
    "",
  ];
}

function incidentDifferences({ changed, missing, added }: SaidComparison): string[] {
  return [
    ...changed.map(
      ({ live, replayed }) =>
        `  would be confirmed at ${iso(replayed.openedAt)}, not ${iso(live.openedAt)}: ${describe(replayed)}`,
    ),
    ...missing.map((spell) => `  would not be confirmed (live at ${iso(spell.openedAt)}): ${describe(spell)}`),
    ...added.map((spell) => `  would be new, confirmed at ${iso(spell.openedAt)}: ${describe(spell)}`),
  ];
}

function someVerdicts(title: string, verdicts: readonly SaidVerdict[]): string[] {
  if (verdicts.length === 0) return [];
  const more = verdicts.length > SHOWN_MAX ? [`    and ${verdicts.length - SHOWN_MAX} more`] : [];
  return [`  ${title}:`, ...verdicts.slice(0, SHOWN_MAX).map((verdict) => `    ${formatVerdict(verdict)}`), ...more];
}

function formatVerdict({ at, key, verdict, phase, reason }: SaidVerdict): string {
  return [iso(at), escapeUnprintable(key), [verdict, phase, reason].filter((word) => word !== null).join(" ")].join(
    "  ",
  );
}

function formatSpell(spell: IncidentSpell): string {
  const end = spell.endedAt === null ? "open at the end" : `to ${iso(spell.endedAt)}`;
  return `  ${iso(spell.openedAt)} ${end}  ${describe(spell)}\n    id ${escapeUnprintable(spell.id)}`;
}

function describe({ verdict, subject, sentence }: IncidentSpell): string {
  return `${verdict} ${escapeUnprintable(subject)}, ${escapeUnprintable(sentence)}`;
}

function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
