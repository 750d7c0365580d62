import { existsSync } from "node:fs";
import { join } from "node:path";
import { STACK_FOLDER, STACK_PROGRAMS } from "../bench/stack-programs.ts";
import { aptGet, extractProgram, isInstalled, mayInstallPackages } from "./debian-packages.ts";

/** Prometheus' own programs, beside which haprobe is measured; without them those cases are skipped. */
const missing = STACK_PROGRAMS.filter((program) => !isInstalled(program) && !existsSync(join(STACK_FOLDER, program)));
if (missing.length > 0 && mayInstallPackages()) {
  aptGet("update");
  for (const program of missing) extractProgram({ program, package: program, shared: null }, STACK_FOLDER);
}
