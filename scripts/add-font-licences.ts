import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type PackageManifest, FONT_PACKAGES, formatLicence } from "./shipped-packages.ts";

// After `vite build`, which lists the packages of scripts only: fonts are named by style sheets.
const ROOT = join(import.meta.dirname, "..");
for (const name of FONT_PACKAGES) {
  const folder = join(ROOT, "node_modules", name);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageManifest;
  const text = readFileSync(join(folder, "LICENSE"), "utf8");
  appendFileSync(join(ROOT, "dist/web/licences.md"), formatLicence(manifest, text));
}
