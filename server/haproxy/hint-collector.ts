import { BOUNDS } from "../bounds.ts";
import type { ServerView, SnapshotHint } from "../contract/view.ts";
import { decodeName } from "./field-text.ts";

const EXAMPLES_MAX = 10;

/** Collects hints about a table while its rows are parsed. */
export interface HintCollector {
  /** Adds a server's row; `addr` is its raw column. */
  addServer(view: ServerView, addr: string): void;
  addUnknownWord(word: string): void;
  /** Adds a skipped row by the beginning of its text. */
  addMalformedRow(text: string): void;
  /** The table has addresses: a socket of level operator or admin, or a page with `stats show-legends`. */
  hasAddresses(): boolean;
  /** `isTableAlone`: the response is a stats page, which has neither the servers' state nor `show info`. */
  toHints(isTableAlone: boolean): readonly SnapshotHint[];
}

/** A collector for one response; keeps ten examples per hint. */
export function createHintCollector(): HintCollector {
  let servers = 0;
  let withAddress = 0;
  const noPort = new ExampleList();
  const words = new ExampleList();
  const malformed = new ExampleList();
  return {
    addServer(view, addr) {
      servers += 1;
      if (addr !== "") withAddress += 1;
      if (view.address.kind === "ip" && view.address.port === 0) noPort.add(`${view.backend}/${view.server}`);
    },
    addUnknownWord: (word) => words.add(word === "" ? "empty" : word),
    addMalformedRow: (text) => malformed.add(firstFields(text)),
    hasAddresses: () => withAddress > 0,
    toHints(isTableAlone) {
      const hints: SnapshotHint[] = [];
      if (isTableAlone && servers > 0) {
        hints.push({
          code: "no-process",
          sentence:
            "The stats page does not identify HAProxy's process: a restart or reload is detected only by counters that go back.",
          remedy:
            "Read the stats socket instead: `stats socket /run/haproxy/admin.sock mode 660 level user` in the global section.",
          examples: [],
          count: 1,
        });
      }
      if (isTableAlone && servers > 0 && withAddress === 0) {
        hints.push({
          code: "no-addresses",
          sentence: "The stats page does not show the addresses of the servers, so none of them can be probed.",
          remedy: "Add `stats show-legends` beside `stats enable`.",
          examples: [],
          count: servers,
        });
      }
      if (noPort.count > 0) {
        hints.push({
          code: "no-port",
          sentence: "HAProxy connects to the port that the client requested, so these servers have no port to probe.",
          remedy: "Set one: `http: {port: 8080}` in a rule of `probes:` that matches them.",
          ...noPort.toExamples(),
        });
      }
      if (words.count > 0) {
        hints.push({
          code: "unknown-words",
          sentence:
            "HAProxy's table has statuses that this version of haprobe does not know; such a server is unknown.",
          remedy: "Update haprobe; or check what is between it and HAProxy.",
          ...words.toExamples(),
        });
      }
      if (malformed.count > 0) {
        hints.push({
          code: "malformed-rows",
          sentence: "HAProxy's table has rows that cannot be parsed; they are skipped.",
          remedy: "Check what is between haprobe and HAProxy; if there is nothing, report the row.",
          ...malformed.toExamples(),
        });
      }
      return hints;
    },
  };
}

/** Backend and server of a row, as far as it has them. */
function firstFields(row: string): string {
  const [backend = "", server = ""] = row.split(/[,\n]/, 2);
  return decodeName(`${backend}/${server}`.slice(0, BOUNDS.statNameMaxChars));
}

class ExampleList {
  readonly #examples = new Set<string>();
  count = 0;

  add(text: string): void {
    this.count += 1;
    if (this.#examples.size < EXAMPLES_MAX) this.#examples.add(text);
  }

  toExamples(): { examples: readonly string[]; count: number } {
    return { examples: [...this.#examples], count: this.count };
  }
}
