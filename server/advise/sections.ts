import { BOUNDS } from "../bounds.ts";
import type { ConfigLine, Word } from "./config-file.ts";
import type { ConfigText } from "./config-lines.ts";
import { evaluateCondition } from "./evaluate-condition.ts";

export interface Section {
  /** `global`, `defaults`, `frontend`, `backend`, `listen`, `resolvers` … */
  readonly kind: string;
  readonly name: Word | null;
  /** The `defaults` section that it names with `from`. */
  readonly from: string | null;
  readonly header: ConfigLine;
  readonly lines: readonly ConfigLine[];
  readonly text: ConfigText;
}

const KINDS = new Set([
  "global",
  "defaults",
  "frontend",
  "backend",
  "listen",
  "resolvers",
  "peers",
  "mailers",
  "userlist",
  "cache",
  "program",
  "ring",
  "http-errors",
  "log-forward",
  "log-profile",
  "fcgi-app",
  "crt-store",
  "traces",
  "acme",
]);
/** All servers of a section have its name: a longer one, which haprobe reads from no HAProxy, is cut. */
const NAME_MAX_CHARS = BOUNDS.statNameMaxChars + 1;
const NAMELESS = new Set(["global", "defaults", "traces"]);

/** Cuts files into sections, in the order in which HAProxy reads them; lines that a condition excludes are left out. */
export function readSections(texts: readonly ConfigText[], version: string | null): readonly Section[] {
  const sections: Section[] = [];
  for (const text of texts) {
    let lines: ConfigLine[] | null = null;
    for (const line of selectConditional(text.lines, version)) {
      const header = readHeader(line);
      if (header !== null) {
        lines = [];
        sections.push({ ...header, header: line, lines, text });
      } else {
        lines?.push(line);
      }
    }
  }
  return sections;
}

function readHeader({ words }: ConfigLine): Pick<Section, "kind" | "name" | "from"> | null {
  const [kind, name, ...rest] = words;
  if (kind === undefined || !KINDS.has(kind.text)) return null;
  if (name !== undefined && /[;{]$/.test(words.at(-1)?.text ?? "")) return null;
  if (name === undefined) return NAMELESS.has(kind.text) ? { kind: kind.text, name: null, from: null } : null;
  const isFrom = kind.text === "defaults" && name.text === "from";
  const from = isFrom ? rest[0] : rest[0]?.text === "from" ? rest[1] : undefined;
  const short = { ...name, text: name.text.slice(0, NAME_MAX_CHARS) };
  return { kind: kind.text, name: isFrom ? null : short, from: from?.text.slice(0, NAME_MAX_CHARS) ?? null };
}

/** A condition whose value is not known counts as true. */
function* selectConditional(lines: readonly ConfigLine[], version: string | null): Iterable<ConfigLine> {
  const levels: { isActive: boolean; hasBeen: boolean }[] = [];
  for (const line of lines) {
    const [first, ...rest] = line.words;
    const level = levels.at(-1);
    const condition = (): boolean => evaluateCondition(rest.map(({ text }) => text).join(" "), version) ?? true;
    switch (first?.text) {
      case ".if": {
        const isActive = (level?.isActive ?? true) && condition();
        levels.push({ isActive, hasBeen: isActive || level?.isActive === false });
        break;
      }
      case ".elif":
      case ".else":
        if (level === undefined) break;
        level.isActive = !level.hasBeen && (first.text === ".else" || condition());
        level.hasBeen ||= level.isActive;
        break;
      case ".endif":
        levels.pop();
        break;
      default:
        if (level?.isActive ?? true) yield line;
    }
  }
}
