/** Name and value pairs of a series, in the order in which they are written. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** The inside of `{…}`; values escaped as Prometheus' text format wants it. */
export function formatLabels(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}

const LINES_PER_CHUNK = 500;

/** One metric with its series; the text format wants them together, below their own HELP and TYPE. */
export class MetricFamily {
  readonly #head: string;
  readonly #name: string;
  /** Joined every so often, so that no single step at the end has all of them to join. */
  readonly #chunks: string[] = [];
  #lines: string[] = [];

  constructor(name: string, type: "gauge" | "counter" | "histogram", help: string) {
    this.#name = name;
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  /** Adds a series; `labels` come from `labelText`, `suffix` is what the series of a histogram have behind its name. */
  add(labels: string, value: number, suffix: "" | "_bucket" | "_sum" | "_count" = ""): void {
    this.#lines.push(`${this.#name}${suffix}${labels === "" ? "" : `{${labels}}`} ${value}\n`);
    if (this.#lines.length < LINES_PER_CHUNK) return;
    this.#chunks.push(this.#lines.join(""));
    this.#lines = [];
  }

  /** Empty where there is no series. */
  render(): string {
    if (this.#chunks.length === 0 && this.#lines.length === 0) return "";
    return this.#head + this.#chunks.join("") + this.#lines.join("");
  }
}
