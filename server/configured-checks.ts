import type { FileHandle } from "node:fs/promises";
import { advise } from "./advise/advise.ts";
import type { ConfigFile } from "./advise/config-file.ts";
import { type FileCheck, formatCure, readFileChecks } from "./advise/file-checks.ts";
import type { LintIssue } from "./advise/lint-issue.ts";
import { BOUNDS } from "./bounds.ts";
import type { InstanceName } from "./contract/server-key.ts";
import type { InstanceSettings } from "./contract/settings.ts";
import type { FindingDraft } from "./judge/findings.ts";
import type { ScopedFiles } from "./scoped-files.ts";

interface ReadConfiguration {
  readonly text: string;
  readonly checks: ReadonlyMap<string, FileCheck>;
  readonly findings: readonly FindingDraft[];
}

/** The haproxy.cfg of instances that name theirs: what their checks are, and what is wrong with them. */
export class ConfiguredChecks {
  readonly #files: ScopedFiles;
  readonly #read = new Map<InstanceName, ReadConfiguration>();

  constructor(files: ScopedFiles) {
    this.#files = files;
  }

  /** The check of one server; undefined where no file says it. */
  find(instance: InstanceName, backend: string, server: string): FileCheck | undefined {
    return this.#read.get(instance)?.checks.get(`${backend}/${server}`);
  }

  get findings(): readonly FindingDraft[] {
    return [...this.#read.values()].flatMap(({ findings }) => findings);
  }

  /** Reads the files of all instances that have some and forgets the others. */
  async readAll(instances: readonly InstanceSettings[]): Promise<void> {
    const named = new Set(instances.filter(({ cfg }) => cfg !== undefined).map(({ name }) => name));
    for (const name of this.#read.keys()) if (!named.has(name)) this.#read.delete(name);
    for (const instance of instances) await this.read(instance);
  }

  /** Reads the files of one instance; resolves with true where they say something else than before. Never rejects. */
  async read({ name, cfg }: InstanceSettings): Promise<boolean> {
    if (cfg === undefined) return false;
    const before = this.#read.get(name)?.text;
    const next = await this.#load(name, cfg);
    this.#read.set(name, next);
    return next.text !== before;
  }

  async #load(name: InstanceName, paths: readonly string[]): Promise<ReadConfiguration> {
    try {
      const files: ConfigFile[] = [];
      for (const path of paths) files.push({ path, text: await this.#readText(path) });
      const advice = advise(files);
      const findings = summarizeIssues(name, files, advice.issues);
      return { text: files.map(({ text }) => text).join("\n"), checks: readFileChecks(files, advice), findings };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { text: "", checks: new Map(), findings: [createUnreadableFinding(name, why)] };
    }
  }

  async #readText(path: string): Promise<string> {
    const file = await this.#files.open(path);
    try {
      return await readBounded(file, path);
    } finally {
      await file.close();
    }
  }
}

async function readBounded(file: FileHandle, path: string): Promise<string> {
  const { size } = await file.stat();
  if (size > BOUNDS.cfgFileMaxBytes) throw new Error(`${path} is larger than ${BOUNDS.cfgFileMaxBytes} bytes`);
  return (await file.readFile()).toString("utf8");
}

/** One finding for each section with mistakes, with the diff of all of them. Notes are left to `haprobe lint`. */
function summarizeIssues(
  instance: InstanceName,
  files: readonly ConfigFile[],
  issues: readonly LintIssue[],
): readonly FindingDraft[] {
  const shown = issues.filter(({ severity }) => severity !== "note");
  return [...Map.groupBy(shown, ({ proxy }) => proxy)].map(([backend, found]) => {
    const [first] = found;
    const more =
      found.length > 1
        ? ` And ${found.length - 1} more: ${found
            .slice(1)
            .map(({ rule }) => rule)
            .join(", ")}.`
        : "";
    const place =
      first === undefined ? "" : `${first.position.file}:${first.position.line}: ${first.message} [${first.rule}]`;
    return {
      code: "cfg-issue",
      subject: { instance, backend, server: null },
      sentence: `${place}${more}`,
      advice: ["haprobe lint --fix shows all of it.", ...(first === undefined ? [] : formatCure(files, first))].join(
        "\n",
      ),
      afterMs: 0,
    } as const;
  });
}

function createUnreadableFinding(instance: InstanceName, why: string): FindingDraft {
  return {
    code: "cfg-unreadable",
    subject: { instance, backend: null, server: null },
    sentence: `The haproxy.cfg of ${instance} cannot be read: ${why}`,
    advice: "Let haprobe's user read the file (a group, or an ACL), or take cfg out of the configuration.",
    afterMs: 0,
  };
}
