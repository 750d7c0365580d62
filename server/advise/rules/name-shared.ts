import { replaceWord } from "../edit.ts";
import { compareVersions } from "../haproxy-version.ts";
import type { Rule } from "../rule.ts";
import { isKnown } from "../config-file.ts";

export const nameShared: Rule = {
  id: "name-shared",
  severity: "warning",
  why: "A frontend and a backend of the same name keep HAProxy 3.3 from starting.",
  details:
    "HAProxy up to 2.6 accepts it, later ones warn, and 3.3 refuses it. The cure renames the frontend, which no other line refers to; dashboards and log filters may.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

frontend app
    bind 127.0.0.1:8080
    default_backend app

backend app
    option httpchk GET /health
    server app-1 10.0.0.21:8080 check
`,
  detect: ({ sections, texts, options: { version } }) => {
    const named = sections.filter(({ kind }) => kind === "frontend" || kind === "backend" || kind === "listen");
    const names = new Set(named.map(({ name }) => name?.text));
    const behind = new Set(named.filter(({ kind }) => kind !== "frontend").map(({ name }) => name?.text));
    const isReferredTo = texts.some(({ sources }) => sources.some((source) => source.includes("fe_name")));
    return named
      .filter(({ kind, name }) => kind === "frontend" && name !== null && isKnown(name) && behind.has(name.text))
      .flatMap(({ header, name }) => {
        if (name === null) return [];
        const free = [`${name.text}-in`, `${name.text}-front`, `${name.text}-frontend`].find(
          (word) => !names.has(word),
        );
        const isCurable = free !== undefined && !isReferredTo;
        const isFatal = version !== null && compareVersions(version, "3.3") >= 0;
        return [
          {
            line: header,
            word: name,
            severity: isFatal ? ("error" as const) : ("warning" as const),
            message: `A backend has the name ${name.text}, too: HAProxy refuses that from 3.3 on.`,
            cure: isCurable ? [replaceWord(header, name, free)] : [],
          },
        ];
      });
  },
};
