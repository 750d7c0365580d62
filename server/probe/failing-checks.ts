import { BOUNDS } from "../bounds.ts";

/** `[-]etcd failed: reason withheld`; a name is visible ASCII without spaces. */
const CHECK_LINE = /^\[([+-])\]([!-~]+)/;

/** A kube-apiserver has some 60 checks. */
const LINES_MAX = 1_000;
const ENTRIES_MAX = 1_000;
const DEPTH_MAX = 4;

const FAILING_STATUS = /^(down|out_of_service|fail|failed|error|unhealthy)$/i;

/**
 * The names of failing checks in a health response, each once and bounded; null where it names no checks. Knows the
 * lists of kube-apiserver (text/plain) and the JSON of MicroProfile Health, Spring Boot and the RFC draft for health+json.
 */
export function parseFailingChecks(contentType: string, body: string): readonly string[] | null {
  if (/^text\/plain\b/i.test(contentType)) return parseCheckList(body);
  if (/^application\/([\w.-]+\+)?json\b/i.test(contentType)) return parseHealthJson(body);
  return null;
}

function parseCheckList(body: string): readonly string[] | null {
  let isList = false;
  const failing = new Set<string>();
  for (const line of body.split("\n", LINES_MAX)) {
    const check = CHECK_LINE.exec(line);
    if (!check) continue;
    isList = true;
    if (check[1] === "-") addName(failing, check[2] ?? "");
  }
  return isList ? [...failing] : null;
}

/** Objects and lists of a health response; parsing more takes milliseconds. */
const OPENERS_MAX = 8 * ENTRIES_MAX;

function hasTooManyParts(body: string): boolean {
  let openers = 0;
  for (let at = 0; at < body.length && openers <= OPENERS_MAX; at += 1) {
    const char = body[at];
    if (char === "[" || char === "{") openers += 1;
  }
  return openers > OPENERS_MAX;
}

function parseHealthJson(body: string): readonly string[] | null {
  if (hasTooManyParts(body)) return null;
  let health: unknown;
  try {
    health = JSON.parse(body);
  } catch {
    return null;
  }
  const failing = new Set<string>();
  return collectFailing(health, "", failing, { left: ENTRIES_MAX }) ? [...failing] : null;
}

/** Adds the failing checks below `health`, the innermost ones by their path; false where it has none. */
function collectFailing(health: unknown, path: string, failing: Set<string>, entries: { left: number }): boolean {
  if (!isObject(health)) return false;
  // `checks` of MicroProfile and the RFC draft, `components` and, before 2.2, `details` of Spring Boot.
  const checks = health.checks ?? health.components ?? health.details;
  if (typeof checks !== "object" || checks === null || path.split("/").length > DEPTH_MAX) return false;
  for (const [key, check] of Object.entries(checks)) {
    entries.left -= 1;
    if (entries.left < 0) break;
    // The RFC draft has a list of measurements for each name.
    for (const one of Array.isArray(check) ? check.slice(0, BOUNDS.probeFailingNames) : [check]) {
      if (!isObject(one)) continue;
      const name = Array.isArray(checks) ? String(one.name) : key;
      const childPath = path === "" ? name : `${path}/${name}`;
      if (!FAILING_STATUS.test(String(one.status))) continue;
      const before = failing.size;
      collectFailing(one, childPath, failing, entries);
      if (failing.size === before) addName(failing, childPath.replace(/[^!-~]+/g, "_"));
    }
  }
  return true;
}

function addName(names: Set<string>, name: string): void {
  if (names.size < BOUNDS.probeFailingNames) names.add(name.slice(0, BOUNDS.probeFailingNameChars));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
