import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FINDING_CODES } from "../../server/contract/finding.ts";
import { INCIDENT_ENDS } from "../../server/contract/incident.ts";
import { REASONS } from "../../server/contract/reason.ts";
import { CHECK_DEPTHS, PHASES, CHECK_QUALITIES, TONES, VERDICTS } from "../../server/contract/verdict.ts";
import { cellsOf, tableAfter } from "./markdown.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/concepts.md"), "utf8");

describe("docs/concepts.md", () => {
  const tables: readonly (readonly [heading: string, words: readonly string[]])[] = [
    ["## Verdicts", VERDICTS],
    ["## Phases", PHASES],
    ["## Tones", TONES],
    ["## Check depths", CHECK_DEPTHS],
    ["## Check quality", CHECK_QUALITIES],
    ["## Reasons", REASONS],
    ["## Findings", FINDING_CODES],
    ["## Incidents", INCIDENT_ENDS],
  ];

  test.each(tables)("%s explains every word of the contract, and no other", (heading, words) => {
    const explained = tableAfter(page, heading).map((row) => cellsOf(row)[0]);
    expect(explained).toEqual(words.map((word) => `\`${word}\``));
  });

  test("leaves no cell empty", () => {
    const rows = tables.flatMap(([heading]) => tableAfter(page, heading));
    expect(rows.filter((row) => cellsOf(row).includes(""))).toEqual([]);
  });
});
