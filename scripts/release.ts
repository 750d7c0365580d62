import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ALLOWED_LICENCES, type Bom, parseLicences, selectShipped } from "./shipped-packages.ts";
import { unreleasedChanges } from "./unreleased-changes.ts";

// `npm run release -- --dry-run`: writes what a release consists of into packages/ and publishes nothing.
const ROOT = join(import.meta.dirname, "..");
const OUTPUT = join(ROOT, "packages");
/** Where else the version stands; each text holds it once. */
const VERSIONED = {
  Dockerfile: "ARG VERSION={version}\n",
  "deploy/helm/haprobe/Chart.yaml": "\nversion: {version}\nappVersion: {version}\n",
  "deploy/kubernetes/base/kustomization.yaml": 'newTag: "{version}"',
  "deploy/kubernetes/sidecar/kustomization.yaml": 'newTag: "{version}"',
} as const;

const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
if (!values["dry-run"]) {
  console.error("usage: npm run release -- --dry-run   (nothing is published by this script)");
  process.exit(2);
}
const problems: string[] = [];
const { name, version } = JSON.parse(read("package.json")) as { name: string; version: string };

console.log(`${name} ${version}`);
for (const [file, text] of Object.entries(VERSIONED)) {
  if (!read(file).includes(text.replaceAll("{version}", version)))
    problems.push(`${file} does not have the version ${version}`);
}

const changes = unreleasedChanges(read("CHANGELOG.md"));
if (changes.length === 0) problems.push("CHANGELOG.md has nothing under Unreleased");
console.log(
  `CHANGELOG.md: ${changes.length} changes, which become "## ${version}, ${new Date().toISOString().slice(0, 10)}"`,
);

mkdirSync(OUTPUT, { recursive: true });
const tarball = join(OUTPUT, `${name}-${version}.tgz`);
rmSync(tarball, { force: true });
run("npm", ["pack", "--silent", "--pack-destination", OUTPUT]);
const digest = sha256(tarball);
run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", OUTPUT]);
if (sha256(tarball) !== digest) problems.push("two tarballs of the same files differ");
console.log(`${tarball}\n  sha256 ${digest}`);

const lists = ["dist/server/licences.md", "dist/web/licences.md"].map(read);
const shipped = parseLicences(lists);
const byLicence = Map.groupBy(shipped, ({ license }) => license);
console.log(`licences of the ${shipped.length} packages in it:`);
for (const [license, packages] of byLicence) {
  console.log(`  ${license.padEnd(14)}${packages.length}`);
  if (!ALLOWED_LICENCES.has(license))
    problems.push(`${packages.map((each) => each.name).join(", ")}: licence ${license}`);
}

const tree = JSON.parse(run("npm", ["sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application"])) as Bom;
const { bom, missing } = selectShipped(tree, name, shipped);
for (const each of missing) problems.push(`${each} is shipped and not in the dependency tree`);
const bomFile = join(OUTPUT, `${name}-${version}.cdx.json`);
writeFileSync(bomFile, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${bomFile}\n  CycloneDX, ${bom.components.length} components`);

const provenance = {
  package: `${name}@${version}`,
  commit: run("git", ["rev-parse", "HEAD"]).trim(),
  changedFiles: run("git", ["status", "--porcelain"])
    .split("\n")
    .filter((line) => line !== "").length,
  lockFileSha256: sha256(join(ROOT, "package-lock.json")),
  tarballSha256: digest,
  node: process.versions.node,
  npm: run("npm", ["--version"]).trim(),
  builtAt: new Date().toISOString(),
};
if (provenance.changedFiles > 0) problems.push(`${provenance.changedFiles} files differ from the commit`);
const provenanceFile = join(OUTPUT, `${name}-${version}.provenance.json`);
writeFileSync(provenanceFile, `${JSON.stringify(provenance, null, 2)}\n`);
console.log(`${provenanceFile}
  The same commit, lock file and Node.js give the same tarball. An attestation needs a CI that signs: npm publish --provenance.`);

for (const problem of problems) console.log(`not ready: ${problem}`);
console.log(problems.length === 0 ? "ready; nothing was published" : "nothing was published");
process.exitCode = problems.length === 0 ? 0 : 1;

function read(path: string): string {
  const at = join(ROOT, path);
  return existsSync(at) ? readFileSync(at, "utf8") : "";
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", 2],
    maxBuffer: 64 * 1024 * 1024,
  }).toString();
}
