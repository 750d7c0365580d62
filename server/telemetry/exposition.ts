/** Name and value pairs of a series, in the order in which they are written. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** The inside of `{…}`; values escaped as Prometheus' text format wants it. */
export function labelText(labels: Labels): string {
  return labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
}

function escapeLabel(value: string): string {
  return /[\\"\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}

/** One metric with its series; the text format wants them together, below their own HELP and TYPE. */
export class Family {
  readonly #head: string;
  readonly #name: string;
  readonly #lines: string[] = [];

  constructor(name: string, type: "gauge" | "counter", help: string) {
    this.#name = name;
    this.#head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  }

  /** Adds a series; `labels` come from `labelText`. */
  add(labels: string, value: number): void {
    this.#lines.push(labels === "" ? `${this.#name} ${value}\n` : `${this.#name}{${labels}} ${value}\n`);
  }

  /** Empty where there is no series. */
  text(): string {
    return this.#lines.length === 0 ? "" : this.#head + this.#lines.join("");
  }
}
