import { Composer, type CST, type Document, type LineCounter, Parser, YAMLParseError } from "yaml";
import { BOUNDS } from "../bounds.ts";

/**
 * Parses a text of one document, like `parseDocument` of the package, in time in proportion to the text: it ends after
 * `configErrorsMax` tokens that are errors, and errors have no stacks. Throws a RangeError for a text that is nested too deeply.
 */
export function parseYaml(text: string, lines: LineCounter): Document.Parsed {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    // Duplicate keys are found by the reader, where both lines are known.
    const composer = new Composer({ prettyErrors: false, uniqueKeys: false, version: "1.2" });
    const tokens = untilErrors(new Parser(lines.addNewLine).parse(text));
    const [document, second] = composer.compose(tokens, true, text.length);
    if (document === undefined) throw new TypeError("a composer with forceDoc gives a document");
    if (second !== undefined)
      document.errors.push(new YAMLParseError([...second.range].slice(0, 2) as [number, number], "MULTIPLE_DOCS", ""));
    return document;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function* untilErrors(tokens: Iterable<CST.Token>): Generator<CST.Token, void, void> {
  let errors = 0;
  for (const token of tokens) {
    yield token;
    if (token.type === "error" && (errors += 1) >= BOUNDS.configErrorsMax) return;
  }
}
