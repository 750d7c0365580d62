/** What the files of one folder of the server may import besides each other. */
export interface FolderRule {
  /** Other folders and single files of server/, by their first name below it. */
  readonly folders: readonly string[];
  /** Node's own modules: all of them, or only those that are named. */
  readonly node: "all" | readonly string[];
  readonly packages: "all" | readonly string[];
  /** Values in, values out: the same arguments give the same answer, whatever the time or the machine. */
  readonly pure: boolean;
}

/** Files that everything but the contract may stand on; they import nothing themselves. */
const GROUND = ["clock", "errors", "bounds", "match"];

/** The table of docs/architecture.md. A folder that is not here may not exist. */
export const FOLDER_RULES: Readonly<Record<string, FolderRule>> = {
  contract: { folders: [], node: [], packages: [], pure: true },
  match: { folders: [], node: [], packages: [], pure: true },
  bounds: { folders: [], node: [], packages: [], pure: true },
  errors: { folders: [], node: [], packages: [], pure: true },
  clock: { folders: [], node: [], packages: [], pure: false },
  "serial-queue": { folders: [], node: [], packages: [], pure: true },
  rounds: { folders: ["clock"], node: [], packages: [], pure: true },
  "scoped-files": { folders: [], node: ["node:fs", "node:fs/promises"], packages: [], pure: false },
  "marking-pace": { folders: ["clock", "bounds"], node: ["node:v8"], packages: [], pure: false },
  "memory-release": { folders: ["clock", "bounds"], node: ["node:v8", "node:vm"], packages: [], pure: false },
  "interim-responses": { folders: ["bounds"], node: ["node:http"], packages: [], pure: false },
  "safe-ciphers": { folders: [], node: ["node:tls"], packages: [], pure: false },
  slices: { folders: ["clock"], node: [], packages: [], pure: false },
  // Reads package.json; only those who join hand the version on.
  version: { folders: [], node: ["node:fs"], packages: [], pure: false },

  // What judge advises for a live server are the lines that advise writes into a file.
  judge: { folders: ["contract", "match", "bounds", "advise"], node: [], packages: [], pure: true },
  targets: { folders: ["contract", "match", "bounds"], node: [], packages: ["ipaddr.js"], pure: true },
  advise: { folders: ["contract", "match", "bounds"], node: [], packages: [], pure: true },

  history: { folders: ["contract", "judge", "clock", "bounds", "slices"], node: [], packages: [], pure: false },

  haproxy: {
    folders: ["contract", "clock", "errors", "bounds", "serial-queue", "slices", "safe-ciphers", "scoped-files"],
    node: "all",
    packages: [],
    pure: false,
  },
  probe: {
    folders: ["contract", "clock", "errors", "bounds", "safe-ciphers", "scoped-files"],
    node: "all",
    packages: ["re2js"],
    pure: false,
  },
  monitor: {
    folders: ["contract", "judge", "targets", ...GROUND],
    node: ["node:crypto"],
    packages: [],
    pure: false,
  },

  // Records what enters the monitor, and replays it through a monitor of its own.
  recording: {
    folders: ["contract", "monitor", ...GROUND, "slices"],
    node: "all",
    packages: ["ipaddr.js", "zod"],
    pure: false,
  },
  store: {
    folders: ["contract", "history", ...GROUND, "scoped-files"],
    node: "all",
    packages: ["kysely", "pg", "zod"],
    pure: false,
  },
  alert: {
    folders: ["contract", ...GROUND, "slices", "rounds", "interim-responses", "scoped-files"],
    node: "all",
    packages: ["croner", "nodemailer", "standardwebhooks"],
    pure: false,
  },
  forward: {
    folders: ["contract", ...GROUND, "interim-responses", "scoped-files"],
    node: "all",
    packages: ["zod"],
    pure: false,
  },
  hub: {
    folders: ["contract", "judge", "history", "monitor", ...GROUND, "rounds"],
    node: ["node:crypto"],
    packages: [],
    pure: false,
  },
  access: {
    folders: ["contract", ...GROUND, "interim-responses", "scoped-files"],
    node: "all",
    packages: ["openid-client"],
    pure: false,
  },
  push: {
    folders: ["contract", "access", ...GROUND, "slices"],
    node: "all",
    packages: ["socket.io", "ws", "zod"],
    pure: false,
  },
  // Markdown of incidents, for the command line and the API.
  report: { folders: ["contract"], node: [], packages: [], pure: false },

  http: {
    folders: ["contract", "access", "report", ...GROUND, "slices", "scoped-files"],
    node: "all",
    packages: ["express", "helmet", "zod", "zod-openapi"],
    pure: false,
  },
  telemetry: {
    folders: ["contract", "access", ...GROUND, "slices"],
    node: "all",
    packages: ["pino"],
    pure: false,
  },
  // Config reads addresses and maps with the same pure functions that apply them.
  config: {
    folders: ["contract", "targets", ...GROUND, "scoped-files"],
    node: "all",
    packages: ["chokidar", "croner", "fastest-levenshtein", "re2js", "yaml", "zod"],
    pure: false,
  },

  engine: { folders: ["*"], node: "all", packages: "all", pure: false },
  "advise-worker": { folders: ["*"], node: "all", packages: [], pure: false },
  "advise-in-thread": { folders: ["*"], node: "all", packages: [], pure: false },
  "configured-checks": { folders: ["*"], node: "all", packages: [], pure: false },
  "config-reloader": { folders: ["*"], node: "all", packages: "all", pure: false },
  readiness: { folders: ["*"], node: [], packages: [], pure: false },
  cli: { folders: ["*"], node: "all", packages: "all", pure: false },
  service: { folders: ["*"], node: "all", packages: "all", pure: false },
  main: { folders: ["*"], node: "all", packages: "all", pure: false },
};

/** They join the others, so nothing but tests may stand on them. */
export const JOINERS: readonly string[] = [
  "engine",
  "advise-worker",
  "advise-in-thread",
  "configured-checks",
  "config-reloader",
  "readiness",
  "cli",
  "service",
  "main",
];

/** Names that say nothing about what is inside; Alertmanager is a product. */
export const EMPTY_NAMES = /^(utils?|helpers?|types?|common|shared|misc|constants)$|(?<!alert)manager/;

/** Globals by which an answer would depend on more than its arguments; `Math.random` is looked for besides. */
export const IMPURE_GLOBALS: readonly string[] = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "globalThis",
  "crypto",
  "console",
  "fetch",
  "eval",
  "Function",
];
