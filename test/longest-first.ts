import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Test files that take more than 10 s on two processors, the longest first. */
export const longest: readonly string[] = [
  "test/acceptance/database.test.ts",
  "test/acceptance/haproxy-changes-alerts.test.ts",
  "test/acceptance/alerts-on-full-disk.test.ts",
  "test/acceptance/alerts-after-kill.test.ts",
  "test/acceptance/data-directory.test.ts",
  "test/acceptance/alerts.test.ts",
  "test/acceptance/incident-through-restarts.test.ts",
  "test/acceptance/blast-radius.test.ts",
  "test/acceptance/restart.test.ts",
  "test/acceptance/stream-load.test.ts",
  "test/acceptance/resilience.test.ts",
  "test/browser/on-call.test.ts",
  "test/bench.test.ts",
  "test/browser/real-pages.test.ts",
  "test/store/contract.test.ts",
  "test/demo/demo.test.ts",
  "test/cli/wait.test.ts",
  "test/browser/web-overview.test.ts",
  "test/cli/unwritable-output.test.ts",
  "test/store/kill.test.ts",
  "test/forward/hub-kill.test.ts",
  "test/browser/remarks.test.ts",
  "test/cli/alert.test.ts",
  "test/browser/servers.test.ts",
];

/** Begins the longest files of each group of projects first, so that none of them runs alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => group(one) - group(other) || place(one) - place(other));
  }
}

function group(file: TestSpecification): number {
  return file.project.config.sequence.groupOrder;
}

function place(file: TestSpecification): number {
  const index = longest.indexOf(relative(process.cwd(), file.moduleId));
  return index === -1 ? longest.length : index;
}
