import { RE2JS } from "re2js";
import type { BodyExpectation } from "../contract/target.ts";

/** Compiled patterns; a configuration has few, and reloads must not pile them up. */
const compiled = new Map<string, RE2JS>();
const COMPILED_MAX = 1_000;

/**
 * Whether a body is what the rule wants. `complete` is false where reading stopped at its limit: then the whole
 * body is not known to equal anything. Throws what re2js throws on a pattern that it does not know.
 */
export function matchesExpectation(expected: BodyExpectation, body: string, complete: boolean): boolean {
  switch (expected.kind) {
    case "any":
      return true;
    case "equals":
      return complete && body.trim() === expected.text.trim();
    case "contains":
      return body.includes(expected.text);
    case "matches":
      return compileBodyPattern(expected.pattern).test(body);
    default:
      return expected satisfies never;
  }
}

/** The pattern, found anywhere in a text in linear time. Throws what re2js throws on a pattern that it does not know. */
export function compileBodyPattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const fresh = RE2JS.compile(pattern);
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(pattern, fresh);
  return fresh;
}

/** HAProxy's own `monitor-uri` answers with 58 bytes of HTML, the smallest start page of a web application has some 400. */
const HTML_PAGE_MIN_CHARS = 256;

/** Whether a body is a page for people, so that its 200 says little of a path that was only guessed. */
export function isHtmlPage(contentType: string, body: string): boolean {
  if (body.length < HTML_PAGE_MIN_CHARS) return false;
  return /^text\/html\b/i.test(contentType) || /^\s*<(!doctype html|html)\b/i.test(body.slice(0, HTML_PAGE_MIN_CHARS));
}
