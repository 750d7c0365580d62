import { RE2JS } from "re2js";
import { BOUNDS } from "../bounds.ts";
import type { BodyExpectation } from "../contract/target.ts";

/** Compiled patterns; bounded, because reloads add new ones. */
const compiled = new Map<string, RE2JS>();
const COMPILED_MAX = 1_000;

/**
 * Whether a body matches the rule's expectation. `complete` is false where reading stopped at its limit: then `equals`
 * never matches. Throws re2js's error for an invalid pattern.
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

/** Matches a text that grows with each chunk; exhausted after a number of bytes, because each match starts anew. */
export class GrowingTextMatcher {
  readonly #expected: BodyExpectation;
  #matchedBytes = 0;

  constructor(expected: BodyExpectation) {
    this.#expected = expected;
  }

  /** Whether the text so far matches; `complete` once it does not grow any more. */
  matches(text: string, complete: boolean): boolean {
    this.#matchedBytes += text.length;
    return matchesExpectation(this.#expected, text, complete);
  }

  get isExhausted(): boolean {
    return this.#matchedBytes >= BOUNDS.probeMatchedBytes;
  }
}

/** Compiles a pattern that matches anywhere, in linear time. Throws re2js's error for an invalid pattern. */
export function compileBodyPattern(pattern: string): RE2JS {
  const cached = compiled.get(pattern);
  if (cached) return cached;
  const compiledPattern = RE2JS.compile(pattern);
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  compiled.set(pattern, compiledPattern);
  return compiledPattern;
}

/** HAProxy's own `monitor-uri` sends 58 bytes of HTML, the smallest start page of a web application some 400. */
const HTML_PAGE_MIN_CHARS = 256;

/** Whether a body is a web page, so that a 200 on a guessed path proves little. */
export function isHtmlPage(contentType: string, body: string): boolean {
  if (body.length < HTML_PAGE_MIN_CHARS) return false;
  return /^text\/html\b/i.test(contentType) || /^\s*<(!doctype html|html)\b/i.test(body.slice(0, HTML_PAGE_MIN_CHARS));
}
