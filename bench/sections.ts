import { alerting } from "./alerting.ts";
import { comparing } from "./comparing.ts";
import { exchanging } from "./exchanging.ts";
import { judging } from "./judging.ts";
import { linting } from "./linting.ts";
import { loading } from "./loading.ts";
import { page } from "./page.ts";
import { probing } from "./probing.ts";
import { pushing } from "./pushing.ts";
import { reading } from "./reading.ts";
import type { Section } from "./section.ts";
import { serving } from "./serving.ts";
import { sites } from "./sites.ts";
import { storing } from "./storing.ts";

/** Every section by its name on the command line, in the order in which they run. */
export const SECTIONS = {
  reading,
  judging,
  probing,
  exchanging,
  serving,
  pushing,
  page,
  storing,
  sites,
  lint: linting,
  alerting,
  load: loading,
  compare: comparing,
} as const satisfies Record<string, Section>;

export type SectionName = keyof typeof SECTIONS;

export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

export function isSectionName(text: string): text is SectionName {
  return Object.hasOwn(SECTIONS, text);
}
