import type { YAMLParseError } from "yaml";

/** Messages for frequent errors; others have the message of the parser. */
const MESSAGES: ReadonlyMap<string, string> = new Map([
  ["TAB_AS_INDENT", "a tab cannot indent in YAML; use spaces"],
  ["MULTIPLE_DOCS", "the file holds more than one document; expected one, without ---"],
  ["RESOURCE_EXHAUSTION", "the file is nested too deeply"],
  ["BLOCK_AS_IMPLICIT_KEY", "a mapping cannot begin here; quote the text if it holds ': ', or start a new line"],
  ["BAD_SCALAR_START", "a text cannot begin with this character; put it in quotes"],
]);

/** One sentence for a syntax error, without its position; `text` is the file. */
export function yamlErrorMessage(error: YAMLParseError, text: string): string {
  const [offset] = error.pos;
  if (text[offset] === "{" && text[offset - 1] === "$") return 'a variable inside { } or [ ] needs quotes: "${NAME}"';
  const own = MESSAGES.get(error.code);
  if (own !== undefined) return own;
  const [first = ""] = error.message.split("\n");
  return `the YAML cannot be read: ${first}`;
}
