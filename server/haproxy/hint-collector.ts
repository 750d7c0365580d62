import type { ServerView, SnapshotHint } from "../contract/view.ts";

const EXAMPLES_MAX = 10;

/** Collects what an answer lacks while its rows are read. */
export interface HintCollector {
  /** A server's row; `addr` is its column as it stands. */
  addServer(view: ServerView, addr: string): void;
  addUnknownWord(word: string): void;
  /** The table itself tells addresses: a socket of level operator or admin, or a page with legends. */
  hasAddresses(): boolean;
  /** `tableAlone`: a stats page, where no other place tells addresses or the process. */
  toHints(tableAlone: boolean): readonly SnapshotHint[];
}

/** A collector for one answer; keeps ten examples of each kind. */
export function createHintCollector(): HintCollector {
  let servers = 0;
  let withAddress = 0;
  const noPort = new ExampleList();
  const words = new ExampleList();
  return {
    addServer(view, addr) {
      servers += 1;
      if (addr !== "") withAddress += 1;
      if (view.address.kind === "ip" && view.address.port === 0) noPort.add(`${view.backend}/${view.server}`);
    },
    addUnknownWord: (word) => words.add(word),
    hasAddresses: () => withAddress > 0,
    toHints(tableAlone) {
      const found: SnapshotHint[] = [];
      if (tableAlone && servers > 0) {
        found.push({
          code: "no-process",
          sentence:
            "The stats page does not tell which process answers: a restart or reload shows only in counters that go back.",
          remedy:
            "Read the stats socket instead: `stats socket /run/haproxy/admin.sock mode 660 level user` in the global section.",
          examples: [],
          count: 1,
        });
      }
      if (tableAlone && servers > 0 && withAddress === 0) {
        found.push({
          code: "no-addresses",
          sentence: "The stats page does not show the addresses of the servers, so none of them can be probed.",
          remedy: "Add `stats show-legends` beside `stats enable`.",
          examples: [],
          count: servers,
        });
      }
      if (noPort.count > 0) {
        found.push({
          code: "no-port",
          sentence: "HAProxy sends these servers to the port that the client asked for, so there is no port to probe.",
          remedy: "Name one: `http: {port: 8080}` in a rule of `probes:` that matches them.",
          ...noPort.toExamples(),
        });
      }
      if (words.count > 0) {
        found.push({
          code: "unknown-words",
          sentence: "HAProxy uses status words that this haprobe does not know; such a server shows as out of service.",
          remedy: "Update haprobe.",
          ...words.toExamples(),
        });
      }
      return found;
    },
  };
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
