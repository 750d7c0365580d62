import type { Finding } from "../../server/contract/finding.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { formatList } from "./quantity-format.ts";
import { nameInSite } from "./sites.ts";

/** Vantages that are named beside a finding. */
const REPORTERS_MAX = 3;

/** One line of a cure; a diff has lines that are removed and added. */
export interface CureLine {
  readonly kind: "plain" | "added" | "removed";
  readonly text: string;
}

/** Findings that the same lines cure. */
export interface CureGroup {
  readonly id: string;
  readonly code: Finding["code"];
  /** What to do, in a sentence. */
  readonly advice: string;
  readonly lines: readonly CureLine[];
  readonly findings: readonly Finding[];
  /** Servers that are seen once it is applied. */
  readonly servers: number;
}

/** Groups findings by code and cure, in the order of the input; `servers` are those of the fleet. */
export function groupByCure(findings: readonly Finding[], servers: Iterable<ServerStatus>): CureGroup[] {
  const sizes = countServers(servers);
  const groups = Map.groupBy(findings, ({ code, advice }) => JSON.stringify([code, ...cureKey(advice)]));
  return [...groups].map(([id, members]) => {
    const [first] = members;
    const [advice = "", ...lines] = (first?.advice ?? "").split("\n");
    const places = new Set(members.map(({ subject }) => subjectKey(subject)));
    return {
      id,
      code: first?.code ?? "internal-error",
      advice,
      lines: readCureLines(members.length > 1 ? lines.filter((line) => !isPlaceComment(line)) : lines),
      findings: members,
      servers: [...places].reduce((sum, place) => sum + (sizes.get(place) ?? 0), 0),
    };
  });
}

/** Lines of a cure: those of a unified diff keep which side they are of, and its heads become the place. */
export function readCureLines(lines: readonly string[]): CureLine[] {
  if (!lines.some((line) => line.startsWith("@@ "))) return lines.map((text) => ({ kind: "plain", text }));
  let file = "";
  return lines.flatMap((line): CureLine[] => {
    if (line.startsWith("--- a/") || line.startsWith("\\ ")) return [];
    if (line.startsWith("+++ b/")) {
      file = line.slice("+++ b/".length);
      return [];
    }
    const number = /^@@ -(\d+)/.exec(line)?.[1];
    if (number !== undefined) return [{ kind: "plain", text: `# ${file}, line ${number}` }];
    const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "plain";
    return [{ kind, text: line.slice(1) }];
  });
}

/** Lines that cure a server's check: without a diff all but comments are added. */
export function serverCure(cure: readonly string[]): CureLine[] {
  const lines = readCureLines(cure);
  if (lines.some(({ kind }) => kind !== "plain")) return lines;
  return lines.map(({ text }) => ({ kind: text.startsWith("#") ? "plain" : "added", text }));
}

/** A cure in one line: its first two added lines, and how many there are. */
export function cureSummary(lines: readonly CureLine[]): { readonly text: string; readonly count: number } {
  const added = lines.filter(({ kind }) => kind === "added").map(({ text }) => text.trim());
  return { text: added.slice(0, 2).join(" + "), count: added.length };
}

/** What is pasted: the lines as they are afterwards. */
export function cureText(lines: readonly CureLine[]): string {
  return lines
    .filter(({ kind }) => kind !== "removed")
    .map(({ text }) => text)
    .join("\n");
}

/** The sites of the fleet that a finding is about: that of its instance, else those of the vantages that report it. */
export function findingSites(
  { subject, vantages }: Pick<Finding, "subject" | "vantages">,
  siteOf: ReadonlyMap<string, string>,
): readonly string[] {
  const site = subject.instance === null ? undefined : siteOf.get(subject.instance);
  if (site !== undefined) return [site];
  const known = new Set(siteOf.values());
  return [...new Set(vantages.map((vantage) => vantage.site))].filter((each) => known.has(each));
}

/** Vantages that report a finding, with their sites where the fleet has several: `host-b in nyc`. Empty where its sentence names them. */
export function reporterText({ subject, vantages }: Finding, sites: readonly string[]): string {
  if (subject.instance === null) return "";
  // A hub without HAProxies of its own stands in none of them.
  const names = vantages.map(({ vantage, site }) =>
    nameInSite(vantage, site, sites.length > 1 && sites.includes(site)),
  );
  return formatList(names, REPORTERS_MAX);
}

/** The subject of a finding in words: `lb-1 / k8s-api`. */
export function subjectText({ instance, backend, server }: Finding["subject"]): string {
  const names = [instance, backend, server].filter((name) => name !== null);
  return names.length === 0 ? "haprobe" : names.join(" / ");
}

function cureKey(advice: string): string[] {
  return advice.split("\n").filter((line) => !isPlaceComment(line));
}

/** `# backend k8s-api, above its server lines`: the only line that differs between backends. */
function isPlaceComment(line: string): boolean {
  return /^# (backend|listen|server) /.test(line);
}

function subjectKey({ instance, backend, server }: Finding["subject"]): string {
  return JSON.stringify([instance, backend, server]);
}

/** Number of servers by instance, backend and server, as by the first or the first two of them. */
function countServers(servers: Iterable<ServerStatus>): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { instance, backend, server } of servers) {
    for (const place of [
      { instance, backend: null, server: null },
      { instance, backend, server: null },
      { instance, backend, server },
    ]) {
      sizes.set(subjectKey(place), (sizes.get(subjectKey(place)) ?? 0) + 1);
    }
  }
  return sizes;
}
