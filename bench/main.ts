import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { machineFacts } from "./machine.ts";
import { type SectionResult, renderReport } from "./report.ts";
import { SCALES } from "./scale.ts";
import { SectionSkipped } from "./section.ts";
import { STACK_FOLDER } from "./stack-programs.ts";
import { isSectionName, SECTION_NAMES, SECTIONS } from "./sections.ts";

const USAGE = `usage: npm run bench -- [SECTION…] [--quick] [--compare] [--json]
sections: ${SECTION_NAMES.join(", ")}; all but compare if none is given`;

process.env["PATH"] = [process.env["PATH"], STACK_FOLDER].join(delimiter);

// process.exit runs the exit handlers that end child processes.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

process.exitCode = await main(process.argv.slice(2));

/** Measures the sections of the arguments and prints the report; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) {
    console.error(USAGE);
    return 2;
  }
  const machine = machineFacts();
  const measured: SectionResult[] = [];
  for (const name of wanted.names) {
    const { title, run } = SECTIONS[name];
    try {
      const rows = await run(wanted.scale, (text) => console.error(text));
      measured.push({ name, title, rows, skipped: null });
    } catch (error) {
      if (!(error instanceof SectionSkipped)) throw error;
      measured.push({ name, title, rows: [], skipped: error.message });
    }
  }
  console.log(wanted.json ? JSON.stringify({ machine, sections: measured }, null, 2) : renderReport(machine, measured));
  return 0;
}

function readArguments(args: readonly string[]) {
  const boolean = { type: "boolean", default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { quick: boolean, compare: boolean, json: boolean },
    });
    if (!positionals.every(isSectionName)) return null;
    const named = positionals.filter(isSectionName);
    if (values.compare) named.push("compare");
    const names = named.length > 0 ? new Set(named) : SECTION_NAMES.filter((name) => name !== "compare");
    const scale = values.quick ? SCALES.quick : SCALES.full;
    return { names, scale, json: values.json };
  } catch {
    return null;
  }
}
