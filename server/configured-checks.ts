import type { ConfigFile } from "./advise/config-file.ts";
import type { FileCheck } from "./advise/file-checks.ts";
import { adviseInThread } from "./advise-in-thread.ts";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import type { InstanceName } from "./contract/server-key.ts";
import type { InstanceSettings } from "./contract/settings.ts";
import type { FindingDraft } from "./judge/findings.ts";
import { readBounded, type ScopedFiles } from "./scoped-files.ts";
import { createSerialQueue } from "./serial-queue.ts";

interface ReadConfiguration {
  readonly paths: readonly string[];
  readonly text: string;
  readonly checks: ReadonlyMap<string, FileCheck>;
  readonly findings: readonly FindingDraft[];
}

/** The haproxy.cfg of instances that name theirs: what their checks are, and what is wrong with them. Reads run one after another. */
export class ConfiguredChecks {
  readonly #files: ScopedFiles;
  readonly #clock: Clock;
  readonly #enqueue = createSerialQueue();
  readonly #read = new Map<InstanceName, ReadConfiguration>();
  /** The HAProxy process that answered last. */
  readonly #processes = new Map<InstanceName, string>();

  constructor(files: ScopedFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  /** The check of one server; undefined where no file says it. */
  find(instance: InstanceName, backend: string, server: string): FileCheck | undefined {
    return this.#read.get(instance)?.checks.get(`${backend}/${server}`);
  }

  get findings(): readonly FindingDraft[] {
    return [...this.#read.values()].flatMap(({ findings }) => findings);
  }

  /** Reads the files of all instances that have some and forgets the others. Never rejects. */
  readAll(instances: readonly InstanceSettings[]): Promise<void> {
    return this.#enqueue(async () => {
      const paths = new Map(instances.flatMap(({ name, cfg }) => (cfg === undefined ? [] : [[name, cfg] as const])));
      for (const name of this.#read.keys()) if (!paths.has(name)) this.#forget(name);
      for (const [name, cfg] of paths) this.#read.set(name, await this.#load(name, cfg));
    });
  }

  /** Reads the files of one instance again; resolves with true where they say something else than before. Never rejects. */
  reread(name: InstanceName): Promise<boolean> {
    return this.#enqueue(async () => {
      const before = this.#read.get(name);
      if (before === undefined) return false;
      const next = await this.#load(name, before.paths);
      this.#read.set(name, next);
      return next.text !== before.text;
    });
  }

  /** Takes the HAProxy process of an answer; true where another one answered before, so that the files were read again. */
  takeReload(name: InstanceName, processEpoch: string): boolean {
    if (!this.#read.has(name)) return false;
    const before = this.#processes.get(name);
    if (before === processEpoch) return false;
    this.#processes.set(name, processEpoch);
    return before !== undefined;
  }

  #forget(name: InstanceName): void {
    this.#read.delete(name);
    this.#processes.delete(name);
  }

  async #load(name: InstanceName, paths: readonly string[]): Promise<ReadConfiguration> {
    try {
      const files: ConfigFile[] = [];
      for (const path of paths) files.push({ path, text: await this.#readText(path) });
      const text = files.map((file) => file.text).join("\n");
      return { paths, text, ...(await adviseInThread({ instance: name, files }, this.#clock)) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { paths, text: "", checks: new Map(), findings: [createUnreadableFinding(name, why)] };
    }
  }

  async #readText(path: string): Promise<string> {
    await using file = await this.#files.open(path);
    return await readBounded(file, BOUNDS.cfgFileMaxBytes);
  }
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
