import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// `npm run build:sea`: writes packages/haprobe-VERSION-PLATFORM-ARCH, a program with its Node.js and the dashboard inside.
const ROOT = join(import.meta.dirname, "..");
const NODE = realpathSync(join(ROOT, "node_modules/node/bin/node"));

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
const output = join(ROOT, "packages", `haprobe-${version}-${process.platform}-${process.arch}`);
const files = ["package.json", "LICENSE", ...globSync("dist/**/*", { cwd: ROOT })].filter((path) =>
  statSync(join(ROOT, path)).isFile(),
);
const config = {
  main: join(import.meta.dirname, "single-executable/main.cjs"),
  mainFormat: "commonjs",
  executable: NODE,
  output,
  disableExperimentalSEAWarning: true,
  execArgv: ["--optimize-for-size", "--max-semi-space-size=4", "--heap-growing-percent=40"],
  assets: {
    "start.cjs": join(import.meta.dirname, "single-executable/start.cjs"),
    ...Object.fromEntries(files.map((path) => [path, join(ROOT, path)])),
  },
};
const folder = mkdtempSync(join(tmpdir(), "haprobe-sea-"));
try {
  mkdirSync(join(ROOT, "packages"), { recursive: true });
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  execFileSync(NODE, [`--build-sea=${file}`], { stdio: ["ignore", 2, 2] });
  console.log(output);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
