/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const TYPES = ["counter", "gauge", "histogram"];

/** Reads Prometheus' text format 0.0.4 as strictly as Prometheus does; throws at the first line that it would refuse. */
export function parseExposition(text: string): Sample[] {
  if (!text.endsWith("\n")) throw new Error("the text does not end with a newline");
  const samples: Sample[] = [];
  const series = new Set<string>();
  const families = new Set<string>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const typed = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (typed?.[1] !== undefined) {
      family = typed[1];
      if (families.has(family)) throw new Error(`a second group of ${family}`);
      if (!TYPES.includes(typed[2] ?? "")) throw new Error(`no such type: ${line}`);
      families.add(family);
      continue;
    }
    const sample = parseSample(line);
    const own = sample.name === family || /^_(bucket|sum|count)$/.test(sample.name.slice(family.length));
    if (!own || !sample.name.startsWith(family)) throw new Error(`${line} is not of the family ${family}`);
    const identity = JSON.stringify([
      sample.name,
      Object.entries(sample.labels)
        .map((pair) => pair.join("="))
        .sort(),
    ]);
    if (series.has(identity)) throw new Error(`twice: ${line}`);
    series.add(identity);
    samples.push(sample);
  }
  return samples;
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line);
  if (match?.[1] === undefined) throw new Error(`no sample: ${line}`);
  const value = match[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return { name: match[1], labels: parseLabels(match[2] ?? ""), value };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;
  while (pair.lastIndex < text.length) {
    const at = pair.lastIndex;
    const match = pair.exec(text);
    if (match?.[1] === undefined) throw new Error(`no label at ${at} of ${text}`);
    labels[match[1]] = (match[2] ?? "").replace(/\\(.)/g, (_whole, escaped: string) =>
      escaped === "n" ? "\n" : escaped,
    );
  }
  return labels;
}
