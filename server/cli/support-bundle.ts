import { closeSync, fstatSync, readdirSync, readSync, statSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, release, totalmem } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { BOUNDS } from "../bounds.ts";
import { renderSettings } from "../config/render.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { redactSecrets } from "../probe/redaction.ts";
import { openScopedSync } from "../scoped-files.ts";
import { VERSION } from "../version.ts";
import { configuredSecretForms } from "./configured-secrets.ts";
import { EXIT } from "./exit-code.ts";
import { formatConfigErrors, loadConfig } from "./options.ts";
import { type ServiceEndpoint, serviceEndpoint, type ServiceOptions } from "./service-endpoint.ts";
import { failureText, requestService } from "./service-request.ts";
import { createTarArchive } from "./tar-archive.ts";

export interface SupportBundleOptions extends ServiceOptions {
  /** File of the log, whose end is copied; `-` is the standard input. */
  readonly log?: string;
  readonly output?: string;
  /** Holds a token that may read. */
  readonly tokenFile?: string;
}

/** What a running haprobe is asked for, by the name of the file. */
const ANSWERS: Readonly<Record<string, string>> = {
  "status.json": "api/v1/status",
  "instances.json": "api/v1/instances",
  "findings.json": "api/v1/findings",
  "readyz.txt": "readyz",
  "metrics.txt": "metrics",
};

/**
 * `haprobe support-bundle`: writes what a report of a defect needs into one tar.gz, without secrets: the configuration,
 * versions, what a running haprobe answers, the end of its log, and sizes in its data directory. Resolves with the exit code.
 */
export async function writeSupportBundle(
  options: SupportBundleOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const loaded = loadConfig(options, false);
  const settings = loaded.kind === "loaded" ? loaded.settings : null;
  const endpoint = await serviceEndpoint(options);
  const token = options.tokenFile === undefined ? null : attempt(() => readEnd(options.tokenFile ?? "")).trim();
  const now = new Date();
  const name = `haprobe-support-${now.toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "")}`;
  const output = options.output ?? `${name}.tar.gz`;
  const texts: Readonly<Record<string, string>> = {
    "configuration.yaml": settings === null ? describeBroken(loaded) : renderSettings(settings),
    "versions.json": describeVersions(now),
    "data-directory.txt": describeFolder(settings?.dataDir ?? null),
    "log.txt": options.log === undefined ? "no --log was given\n" : attempt(() => readEnd(options.log ?? "")),
    ...(await requestAnswers(endpoint, token, signal)),
  };
  const forms = settings === null ? [] : configuredSecretForms(settings, token === null ? [] : [token]);
  const files = Object.entries(texts).map(([file, text]) => ({
    name: `${name}/${file}`,
    text: escapeUnprintableInLines(redactSecrets(cut(text), forms)),
  }));
  try {
    writeFileSync(output, gzipSync(createTarArchive(files, now.getTime() / 1_000)), { mode: 0o600, flag: "wx" });
  } catch (error) {
    process.stderr.write(`haprobe: ${output} cannot be written: ${failureText(error)}\n`);
    return EXIT.crash;
  }
  print(
    `${output}: ${Object.keys(texts).join(", ")}\nLook through it before you pass it on: names and addresses are in it.\n`,
  );
  return EXIT.ok;
}

function describeBroken(loaded: ReturnType<typeof loadConfig>): string {
  return loaded.kind === "broken" ? `${formatConfigErrors(loaded)}\n` : "";
}

function describeVersions(now: Date): string {
  const { node, v8, openssl } = process.versions;
  const machine = { platform: process.platform, arch: arch(), release: release() };
  const room = { processors: availableParallelism(), memoryBytes: totalmem() };
  const versions = { haprobe: VERSION, node, v8, openssl, ...machine, ...room, writtenAt: now.toISOString() };
  return `${JSON.stringify(versions, null, 2)}\n`;
}

async function requestAnswers(
  endpoint: ServiceEndpoint | string,
  token: string | null,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  const headers: Readonly<Record<string, string>> = token === null ? {} : { authorization: `Bearer ${token}` };
  for (const [file, path] of Object.entries(ANSWERS)) {
    try {
      if (typeof endpoint === "string") throw new Error(endpoint);
      const request = { path, headers, timeoutMs: BOUNDS.apiReadTimeoutMs };
      const { status, text } = await requestService(endpoint, request, signal);
      texts[file] = status === 200 ? text : `${status}\n${text}`;
    } catch (error) {
      texts[file] = `no answer: ${failureText(error)}\n`;
    }
  }
  return texts;
}

/** Bytes and path of each file. */
function describeFolder(folder: string | null): string {
  if (folder === null) return "nothing is kept\n";
  return attempt(() => {
    const all = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    const lines = all.slice(0, BOUNDS.supportFilesMax).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${String(statSync(path).size).padStart(14)} ${relative(folder, path)}\n`;
    });
    return `${folder}: ${all.length} files\n${lines.join("")}`;
  });
}

/** The last `supportLogBytes` of a file; of the standard input those that come until its end. */
function readEnd(path: string): string {
  const file = path === "-" ? process.stdin.fd : openScopedSync(path, null);
  try {
    const { size } = fstatSync(file);
    let kept = Buffer.alloc(0);
    const buffer = Buffer.alloc(BOUNDS.supportLogBytes);
    let at = path === "-" ? null : Math.max(0, size - BOUNDS.supportLogBytes);
    for (;;) {
      const bytes = readSync(file, buffer, 0, buffer.length, at);
      if (bytes === 0) return kept.toString("utf8");
      kept = Buffer.concat([kept, buffer.subarray(0, bytes)]).subarray(-BOUNDS.supportLogBytes);
      at = at === null ? null : at + bytes;
    }
  } finally {
    if (path !== "-") closeSync(file);
  }
}

/** The text, or why it cannot be read. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return `cannot be read: ${failureText(error)}\n`;
  }
}

function cut(text: string): string {
  const isLong = text.length > BOUNDS.supportPartMaxChars;
  return isLong ? `${text.slice(0, BOUNDS.supportPartMaxChars)}\n… ${text.length} characters\n` : text;
}
