import { Composer, type CST, type Document, Lexer, type LineCounter, Parser, YAMLParseError } from "yaml";
import { BOUNDS } from "../bounds.ts";

/** What is read of a document. */
export type ParsedYaml = Pick<Document.Parsed, "contents" | "errors">;

const TOO_MANY_ERRORS = new Error("too many errors");
/** What the lexer gives before each scalar. */
const SCALAR_MARK = "\x1f";
/** Thrown for a text of signs, such as thousands of lines of `|`: they take the parser as long as words do. */
export const TOO_MANY_TOKENS = new RangeError(
  `more than ${BOUNDS.configTokensPerKiB} words, signs and spaces for each KiB: this is no configuration`,
);

/**
 * Parses a text of one document, like `parseDocument` of the package, in time in proportion to the text: it ends after
 * `configErrorsMax` errors, and errors have no stacks. Throws TOO_MANY_TOKENS, and another RangeError for a text that is nested deeper than
 * `configDepthMax`.
 */
export function parseYaml(text: string, lines: LineCounter): ParsedYaml {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, version: "1.2" });
  limitErrors(composer);
  try {
    // Duplicate keys are found by the reader, where both lines are known.
    const tokens = untilErrors(parseTokens(text, lines));
    const [document, second] = composer.compose(tokens, true, text.length);
    if (document === undefined) throw new TypeError("a composer with forceDoc gives a document");
    if (second !== undefined)
      document.errors.push(new YAMLParseError([...second.range].slice(0, 2) as [number, number], "MULTIPLE_DOCS", ""));
    return document;
  } catch (error) {
    const errors = Reflect.get(composer, "errors") as YAMLParseError[];
    const isTooDeep = error instanceof RangeError && errors.length > 0;
    if (error !== TOO_MANY_ERRORS && !isTooDeep) throw error;
    return { contents: null, errors };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** `Parser.parse` up to a depth: the composer would end at thousands of levels anyway, after they took long to read. */
function* parseTokens(text: string, lines: LineCounter): Generator<CST.Token, void, void> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let left = Math.ceil(text.length / 1_024) * BOUNDS.configTokensPerKiB;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme !== SCALAR_MARK) left -= 1;
    if (left < 0) throw TOO_MANY_TOKENS;
    yield* parser.next(lexeme);
    if (parser.stack.length <= BOUNDS.configDepthMax) continue;
    if (lexeme === "[" || lexeme === "{") throw new RangeError("nested too deeply");
    // Lines such as `a: b: c` are levels as well, and the composer says what is wrong with them.
    yield* parser.end();
    throw new RangeError("nested too deeply");
  }
  yield* parser.end();
}

/** Ends the composing after `configErrorsMax` errors; the package has no option for it. */
function limitErrors(composer: Composer): void {
  const onError = Reflect.get(composer, "onError") as (...error: unknown[]) => void;
  let errors = 0;
  Reflect.set(composer, "onError", (...error: unknown[]) => {
    onError(...error);
    errors += 1;
    if (errors >= BOUNDS.configErrorsMax) throw TOO_MANY_ERRORS;
  });
}

function* untilErrors(tokens: Iterable<CST.Token>): Generator<CST.Token, void, void> {
  let errors = 0;
  for (const token of tokens) {
    yield token;
    if (token.type === "error" && (errors += 1) >= BOUNDS.configErrorsMax) return;
  }
}
