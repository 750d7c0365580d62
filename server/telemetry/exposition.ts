import { escapeUnprintable } from "../contract/quote.ts";

/** Label names and values of a series, in output order. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** The text between `{` and `}`, values escaped for Prometheus' text format. */
export function formatLabels(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
}

/** The format has no escape for a carriage return, which names may have before a line feed: it is shown as elsewhere. */
function escapeLabel(value: string): string {
  if (!/[\\"\n\r]/.test(value)) return value;
  const shown = value.replaceAll("\r", escapeUnprintable("\r"));
  return shown.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

const LINES_PER_CHUNK = 500;

/** One metric with its series, which the text format requires together below their HELP and TYPE. */
export class MetricFamily {
  readonly #head: string;
  readonly #name: string;
  /** Joined in chunks, so that `render` does not join all lines at once. */
  readonly #chunks: string[] = [];
  #lines: string[] = [];

  constructor(name: string, type: "gauge" | "counter" | "histogram", help: string) {
    this.#name = name;
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  /** Adds a series; `labels` come from `formatLabels`, `suffix` is that of a histogram series. */
  add(labels: string, value: number, suffix: "" | "_bucket" | "_sum" | "_count" = ""): void {
    this.#lines.push(`${this.#name}${suffix}${labels === "" ? "" : `{${labels}}`} ${value}\n`);
    if (this.#lines.length < LINES_PER_CHUNK) return;
    this.#chunks.push(this.#lines.join(""));
    this.#lines = [];
  }

  /** The text of the metric; empty without a series. */
  render(): string {
    if (this.#chunks.length === 0 && this.#lines.length === 0) return "";
    return this.#head + this.#chunks.join("") + this.#lines.join("");
  }
}
