import { type CheckRule } from "./check-rules.ts";
import { type ConfigLine, isKnown, type Word } from "./config-file.ts";
import type { Section } from "./sections.ts";
import { areExclusive } from "./template-branch.ts";
import { readServerOptions, type ServerOptions } from "./server-options.ts";
import { parseTime } from "./time-value.ts";

/** Options of which the last one in a section decides how servers are checked. */
export const CHECK_OPTIONS = [
  "httpchk",
  "tcp-check",
  "ssl-hello-chk",
  "smtpchk",
  "mysql-check",
  "pgsql-check",
  "redis-check",
  "ldap-check",
  "spop-check",
  "external-check",
] as const;
export type CheckOptionName = (typeof CHECK_OPTIONS)[number];

export interface CheckOption {
  readonly name: CheckOptionName;
  readonly line: ConfigLine;
  readonly word: Word;
  /** It stands in the section itself, not in its `defaults`. */
  readonly isOwn: boolean;
}

/** Timeouts that say how long a check takes and how long a session is kept; others are skipped. */
const TIMEOUTS = ["check", "server", "tunnel"] as const;
type TimeoutName = (typeof TIMEOUTS)[number];

/** A `timeout` line; `ms` is null where it is not a number. */
export interface TimeoutSetting {
  readonly ms: number | null;
  readonly line: ConfigLine;
  readonly word: Word;
  readonly isOwn: boolean;
}

/** A `server` or `server-template` line with all that applies to it. */
export interface ServerLine {
  readonly name: Word;
  readonly address: Word;
  readonly options: ServerOptions;
  /** False where a template may add options. */
  readonly isComplete: boolean;
  readonly isTemplate: boolean;
  readonly line: ConfigLine;
}

/** A section with what its `defaults` give it. */
export interface Proxy {
  readonly section: Section;
  readonly mode: string;
  /** Each `option` of a check that was in force for a while, in their order; the last one is in force. */
  readonly checkOptions: readonly CheckOption[];
  /** Lines of the section itself, whether they are in force or not. */
  readonly ownHttpRules: readonly CheckRule[];
  readonly ownTcpRules: readonly CheckRule[];
  readonly inheritedHttpRules: readonly CheckRule[];
  readonly inheritedTcpRules: readonly CheckRule[];
  readonly timeouts: ReadonlyMap<TimeoutName, TimeoutSetting>;
  readonly defaultServer: ServerOptions;
  readonly defaultServerLines: readonly ConfigLine[];
  readonly servers: readonly ServerLine[];
  /** A template may add an option of the check. */
  readonly hasUnknownOption: boolean;
}

const NO_OPTIONS: ServerOptions = new Map();
const PROXIES = new Set(["defaults", "frontend", "backend", "listen"]);
/** Names of a template's variables that hold any line of a section, not its servers. */
const OPTION_NAME = /option|param|extra|setting|config|custom|check|health|line|raw|\bitem\b/i;
/** Options before these are taken for replaced. */
const ALTERNATIVES_MAX = 8;
/** Steps of a check behind these are not read. */
const STEPS_MAX = 64;
/** Lines about the answer of a check, not steps of it. */
const NOT_A_STEP = new Set(["disable-on-404", "send-state"]);

/** Reads frontends, backends and listen sections over the `defaults` that apply to each. */
export function readProxies(sections: readonly Section[]): readonly Proxy[] {
  const named = new Map<string, Proxy>();
  const proxies: Proxy[] = [];
  let latest: Proxy | null = null;
  for (const section of sections) {
    if (!PROXIES.has(section.kind)) continue;
    const isDefaults = section.kind === "defaults";
    const from = section.from === null ? undefined : named.get(section.from);
    const proxy = readProxy(section, from ?? (isDefaults ? null : latest));
    if (!isDefaults) {
      proxies.push(proxy);
      continue;
    }
    latest = proxy;
    if (section.name !== null) named.set(section.name.text, proxy);
  }
  return proxies;
}

function readProxy(section: Section, defaults: Proxy | null): Proxy {
  const checkOptions: CheckOption[] = (defaults?.checkOptions ?? [])
    .slice(-ALTERNATIVES_MAX)
    .map((option) => ({ ...option, isOwn: false }));
  const ownHttpRules: CheckRule[] = [];
  const ownTcpRules: CheckRule[] = [];
  const defaultServerLines: ConfigLine[] = [];
  const servers: ServerLine[] = [];
  const timeouts = new Map<TimeoutName, TimeoutSetting>();
  for (const [name, timeout] of defaults?.timeouts ?? []) timeouts.set(name, { ...timeout, isOwn: false });
  let mode = defaults?.mode ?? "tcp";
  let defaultServer = defaults?.defaultServer ?? NO_OPTIONS;
  let hasUnknownOption = defaults?.hasUnknownOption ?? false;
  for (const line of section.lines) {
    const [first, second, third] = line.words;
    switch (first?.text) {
      case "mode":
        mode = second?.text ?? mode;
        break;
      case "option": {
        const name = CHECK_OPTIONS.find((known) => known === second?.text);
        hasUnknownOption ||= second !== undefined && !isKnown(second);
        if (name !== undefined && second !== undefined) checkOptions.push({ name, line, word: second, isOwn: true });
        break;
      }
      case "http-check":
        if (second !== undefined && !NOT_A_STEP.has(second.text)) addStep(ownHttpRules, second.text, line);
        break;
      case "tcp-check":
        if (second !== undefined) addStep(ownTcpRules, second.text, line);
        break;
      case "timeout":
        readTimeout(timeouts, second?.text, line, third);
        break;
      case "srvtimeout":
        readTimeout(timeouts, "server", line, second);
        break;
      case "default-server":
        defaultServer = readServerOptions(line, 1, defaultServer).options;
        defaultServerLines.push(line);
        break;
      case "server":
      case "server-template": {
        const server = readServer(line, defaultServer);
        if (server !== null) servers.push(server);
        break;
      }
      default:
        hasUnknownOption ||= first !== undefined && !isKnown(first) && OPTION_NAME.test(line.source);
    }
  }
  return {
    section,
    mode,
    checkOptions,
    ownHttpRules,
    ownTcpRules,
    inheritedHttpRules: defaults === null ? [] : httpRulesInForce(defaults),
    inheritedTcpRules: defaults === null ? [] : tcpRulesInForce(defaults),
    timeouts,
    defaultServer,
    defaultServerLines,
    servers,
    hasUnknownOption,
  };
}

function readTimeout(
  timeouts: Map<TimeoutName, TimeoutSetting>,
  name: string | undefined,
  line: ConfigLine,
  word: Word | undefined,
): void {
  const known = TIMEOUTS.find((each) => each === name);
  if (known !== undefined && word !== undefined)
    timeouts.set(known, { ms: parseTime(word.text), line, word, isOwn: true });
}

function addStep(rules: CheckRule[], action: string, line: ConfigLine): void {
  if (rules.length < STEPS_MAX) rules.push({ action, line });
}

function readServer(line: ConfigLine, defaults: ServerOptions): ServerLine | null {
  const isTemplate = line.words[0]?.text === "server-template";
  const name = line.words[1];
  const address = line.words[isTemplate ? 3 : 2];
  // nginx has a `server` as well, with a semicolon.
  if (name === undefined || address === undefined || line.words.at(-1)?.text.endsWith(";") === true) return null;
  const { options, isComplete } = readServerOptions(line, isTemplate ? 4 : 3, defaults);
  return { name, address, options, isComplete, isTemplate, line };
}

/** The option that is in force: the last one. */
export function checkOptionInForce(proxy: Proxy): CheckOption | null {
  return proxy.checkOptions.at(-1) ?? null;
}

/** Several options where a template writes one of them; the last one first. */
export function checkOptionsInForce({ checkOptions }: Proxy): readonly CheckOption[] {
  const found: CheckOption[] = [];
  for (const option of checkOptions.slice(-ALTERNATIVES_MAX).toReversed()) {
    const isReplaced = found.some(({ line }) => !areExclusive(line.branch, option.line.branch));
    if (!isReplaced) found.push(option);
    if (found.at(-1)?.line.branch == null) break;
  }
  return found;
}

/** The `http-check` steps of `option httpchk`: own ones, or an own option, replace all inherited ones. */
export function httpRulesInForce(proxy: Proxy): readonly CheckRule[] {
  const option = proxy.checkOptions.findLast(({ name }) => name === "httpchk");
  return proxy.ownHttpRules.length > 0 || option?.isOwn === true ? proxy.ownHttpRules : proxy.inheritedHttpRules;
}

/** The `tcp-check` steps: own ones replace all inherited ones. */
export function tcpRulesInForce(proxy: Proxy): readonly CheckRule[] {
  return proxy.ownTcpRules.length > 0 ? proxy.ownTcpRules : proxy.inheritedTcpRules;
}
