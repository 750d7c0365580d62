import { advise, DEFAULT_OPTIONS } from "../server/advise/advise.ts";
import { cureFiles } from "../server/advise/cure-files.ts";
import { cpuMs } from "./cpu-time.ts";
import { type BenchCase, summarize } from "./measurement.ts";
import type { Section } from "./section.ts";

const LINES = 50_000;
/** A check that is right, one that is overridden, and a template's loop. */
const BACKENDS: readonly ((index: number) => string)[] = [
  (index) =>
    `backend app-${index}\n    mode http\n    option httpchk GET /health\n    http-check expect status 200\n    default-server inter 5s fall 3 rise 2\n${servers(index, 5, "check")}`,
  (index) =>
    `backend api-${index}\n    mode tcp\n    option httpchk GET /readyz\n    option ssl-hello-chk\n${servers(index, 5, "check inter 2s")}\n`,
  (index) =>
    `backend t-${index}\n    balance roundrobin\n{% for h in hosts %}\n    server {{ h }} {{ h }}:6443 check\n{% endfor %}\n`,
];

/** CPU of reading and judging a haproxy.cfg of 50,000 lines, and of curing it. */
export const linting: Section = {
  title: "Linting a haproxy.cfg",
  async run({ rounds }): Promise<readonly BenchCase[]> {
    const text = makeConfig();
    const file = { path: "haproxy.cfg", text };
    const samples = { advise: [] as number[], cure: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const judged = await cpuMs(() => advise([file]));
      const cured = await cpuMs(() => cureFiles([file], DEFAULT_OPTIONS, "note"));
      if (round < 0) continue;
      samples.advise.push(judged);
      samples.cure.push(cured);
    }
    return [
      {
        situation: `${LINES.toLocaleString("en")} lines, ${Math.round(text.length / 1_000)} kB`,
        figures: [
          summarize("read and judged", "ms", samples.advise, "1,000 ms"),
          summarize("cured, all rounds", "ms", samples.cure),
        ],
      },
    ];
  },
};

function makeConfig(): string {
  const parts = [
    "global\n    maxconn 2000\ndefaults\n    timeout connect 5s\n    timeout client 1h\n    timeout server 1h\n",
  ];
  let lines = 6;
  for (let index = 0; lines < LINES; index += 1) {
    const part = BACKENDS[index % BACKENDS.length]?.(index) ?? "";
    parts.push(part);
    lines += part.split("\n").length - 1;
  }
  return parts.join("");
}

function servers(index: number, count: number, words: string): string {
  return Array.from({ length: count }, (_, at) => `    server s${at} 10.0.${index % 256}.${at}:6443 ${words}\n`).join(
    "",
  );
}
