import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

// `npm run build:deb`: writes packages/haprobe_VERSION_ARCH.deb, which brings its Node.js along: Debian's is too old.
const ROOT = join(import.meta.dirname, "..");
const DEBIAN = join(ROOT, "deploy/debian");
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

const { version, description } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
  description: string;
};
const architecture = ARCHITECTURES[process.arch];
if (architecture === undefined) throw new Error(`There is no Debian package for ${process.arch}.`);
const staging = mkdtempSync(join(tmpdir(), "haprobe-deb-"));
try {
  const file = join(ROOT, "packages", `haprobe_${version}_${architecture}.deb`);
  fillStaging();
  mkdirSync(dirname(file), { recursive: true });
  run("dpkg-deb", ["--root-owner-group", "-Zzstd", "--build", staging, file]);
  console.log(file);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function fillStaging(): void {
  chmodSync(staging, 0o755);
  const library = folder("usr/lib/haprobe");
  for (const name of ["package.json", "LICENSE"]) copyFileSync(join(ROOT, name), join(library, name));
  cpSync(join(ROOT, "bin"), join(library, "bin"), { recursive: true });
  cpSync(join(ROOT, "dist"), join(library, "dist"), { recursive: true });
  copyFileSync(realpathSync(join(ROOT, "node_modules/node/bin/node")), join(library, "node"));
  chmodSync(join(library, "node"), 0o755);

  write("usr/bin/haprobe", '#!/bin/sh\nexec /usr/lib/haprobe/node /usr/lib/haprobe/bin/haprobe.js "$@"\n', 0o755);
  write("usr/lib/systemd/system/haprobe.service", readFileSync(join(ROOT, "deploy/systemd/haprobe.service"), "utf8"));
  write("etc/haprobe/haprobe.yaml", readFileSync(join(DEBIAN, "haprobe.yaml"), "utf8"));
  write("usr/share/doc/haprobe/copyright", copyright());
  writeFileSync(
    join(folder("usr/share/doc/haprobe"), "changelog.gz"),
    gzipSync(readFileSync(join(ROOT, "CHANGELOG.md")), { level: 9 }),
  );
  for (const page of ["configuration.md", "concepts.md", "errors.md", "alerts.md"]) {
    copyFileSync(join(ROOT, "docs", page), join(folder("usr/share/doc/haprobe"), page));
  }

  write("DEBIAN/control", control(sizeKib()));
  write("DEBIAN/conffiles", "/etc/haprobe/haprobe.yaml\n");
  for (const script of ["postinst", "prerm", "postrm"])
    write(`DEBIAN/${script}`, readFileSync(join(DEBIAN, script), "utf8"), 0o755);
}

function control(installedSize: number): string {
  return `Package: haprobe
Version: ${version}
Architecture: ${architecture}
Maintainer: haprobe <haprobe@localhost>
Section: net
Priority: optional
Installed-Size: ${installedSize}
Depends: libc6 (>= 2.34), libstdc++6, libgcc-s1, libatomic1
Recommends: haproxy
Description: ${description}
 haprobe reads what HAProxy believes about every server, probes each server
 itself, and shows, records and alerts on every disagreement.
`;
}

function copyright(): string {
  const texts = ["LICENSE", "dist/server/licences.md", "dist/web/licences.md"].map((path) =>
    readFileSync(join(ROOT, path), "utf8"),
  );
  return `${texts.join("\n")}\nNode.js, /usr/lib/haprobe/node: https://github.com/nodejs/node/blob/v${process.versions.node}/LICENSE\n`;
}

function sizeKib(): number {
  return Number(execFileSync("du", ["--summarize", "--block-size=1024", staging]).toString().split("\t")[0]);
}

function folder(path: string): string {
  const made = join(staging, path);
  mkdirSync(made, { recursive: true, mode: 0o755 });
  return made;
}

function write(path: string, text: string, mode = 0o644): void {
  writeFileSync(join(folder(dirname(path)), path.split("/").at(-1) ?? ""), text, { mode });
}

function run(program: string, args: readonly string[], cwd = ROOT): void {
  execFileSync(program, args, { cwd, stdio: ["ignore", 2, 2] });
}
