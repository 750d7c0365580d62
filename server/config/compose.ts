import { isLocal } from "../contract/listen.ts";
import type {
  AuthSettings,
  DatabaseAddress,
  DiscoverySettings,
  ListenerTls,
  HubSettings,
  RuleSettings,
  Settings,
} from "../contract/settings.ts";
import { buildAlerts } from "./alerts.ts";
import { readingOf } from "./auth-schema.ts";
import type { CommandLineResult } from "./command-line-options.ts";
import type { EntryLocation, FileLocation } from "./config-file.ts";
import { resolveDataDir, type RunPlace } from "./data-dir.ts";
import type { Path } from "./document.ts";
import type { LocatedEntry } from "./haproxy-entries.ts";
import type { LocatedInstance } from "./instance-warnings.ts";
import { addInstances, buildDiscovery, buildInstance, DEFAULT_SITE } from "./instances.ts";
import { fileKey } from "./mapping.ts";
import type { ResolveKeyFile } from "./referenced-file.ts";
import type { LocatedRule } from "./rule-warnings.ts";
import type { ConfigInput } from "./schema.ts";

/** The lists of all files, in the order in which they count. */
export interface ConfigEntries {
  readonly entries: readonly LocatedEntry[];
  readonly rules: readonly LocatedRule[];
}

/** A file that is named at a path of a file; of the main one if `at` is absent. */
export interface FileReference {
  readonly name: string;
  readonly path: Path;
  readonly at?: FileLocation;
}

/** The settings, and the positions of their instances and rules. */
export interface ComposedSettings {
  readonly settings: Settings;
  readonly instances: readonly LocatedInstance[];
  readonly rules: readonly LocatedRule[];
}

/** Joins the main file, the lists of all files and the command line, which wins. `pathOf` gives the path of a named file; `place` names the main file, null for none. */
export function composeSettings(
  config: ConfigInput,
  lists: ConfigEntries,
  options: CommandLineResult,
  pathOf: (named: FileReference) => string,
  place: RunPlace & { readonly file: string | null },
): ComposedSettings {
  const resolver =
    (path: Path, at?: EntryLocation): ResolveKeyFile =>
    (name, key) =>
      name === null ? null : pathOf({ name, path: [...path, key], ...(at && { at }) });
  const site = config.site ?? DEFAULT_SITE;
  const defaults = { ...config.haproxyDefaults, site: config.haproxyDefaults.site ?? site };
  const instances: LocatedInstance[] = [];
  const discoveries: DiscoverySettings[] = [];
  for (const entry of lists.entries) {
    const { at } = entry;
    const fileOf = resolver(at.path, at);
    if (entry.kind === "instance") instances.push({ at, settings: buildInstance(entry.input, defaults, fileOf) });
    else discoveries.push(buildDiscovery(entry.input, defaults, fileOf));
  }
  const rules = lists.rules.map(({ at, settings }) => {
    const fileOf = resolver([...at.path, settings.probe?.type ?? ""], at);
    return { at, settings: resolveProbeFiles(settings, fileOf) };
  });
  const settings: Settings = {
    listen: options.listen ?? config.listen,
    listenMode: config.listenMode,
    listenInsecurely: options.listenInsecurely || config.listenInsecurely,
    tls: tlsOf(config, pathOf),
    trustedProxies: config.trustedProxies,
    publicUrl: config.publicUrl,
    allowedHosts: config.allowedHosts.map((name) => name.toLowerCase()),
    instances: addInstances(
      instances.map((each) => each.settings),
      options.addresses,
      defaults,
      resolver(["haproxy-defaults"]),
    ),
    discoveries,
    rules: rules.map((each) => each.settings),
    fileScopes: new Map(),
    alerts: buildAlerts(config.alerts, options.webhook, (name, path) => pathOf({ name, path })),
    auth: authOf(config, isLocal(options.listen ?? config.listen), pathOf),
    metricsPerServer: config.metrics.perServer,
    dataDir: resolveDataDir(options.dataDir, config.dataDir, place.file, place),
    database: databaseOf(config, pathOf),
    retention: config.retention,
    recording:
      config.recording === "none" ? null : { keepMs: config.recording.keepMs, maxBytes: config.recording.maxSize },
    vantage: config.vantage,
    site,
    hub: hubOf(config, pathOf),
    logLevel: options.logLevel ?? config.logLevel,
    logFormat: options.logFormat ?? config.logFormat,
  };
  return { settings, instances, rules };
}

function tlsOf({ tls }: ConfigInput, pathOf: (named: FileReference) => string): ListenerTls | null {
  if (tls === null) return null;
  const { certFile, keyFile, clientCaFile } = tls;
  return {
    certFile: pathOf({ name: certFile, path: ["tls", "cert-file"] }),
    keyFile: pathOf({ name: keyFile, path: ["tls", "key-file"] }),
    clientCaFile: clientCaFile === null ? null : pathOf({ name: clientCaFile, path: ["tls", "client-ca-file"] }),
  };
}

function authOf(
  { auth }: ConfigInput,
  isOnThisMachine: boolean,
  pathOf: (named: FileReference) => string,
): AuthSettings {
  const tokens = auth.tokens.map(({ site, vantage, ...token }, index) => ({
    ...token,
    vantage: vantage === null ? null : { site: site ?? DEFAULT_SITE, vantage },
    tokenFile:
      token.tokenFile === null
        ? null
        : pathOf({ name: token.tokenFile, path: ["auth", "tokens", index, "token-file"] }),
  }));
  const { usersFile, session, certificates, proxy, oidc } = auth;
  const oidcFile = (name: string | null, key: string): string | null =>
    name === null ? null : pathOf({ name, path: ["auth", "oidc", key] });
  return {
    reading: readingOf(auth, tokens, isOnThisMachine),
    tokens,
    usersFile: usersFile === null ? null : pathOf({ name: usersFile, path: ["auth", "users-file"] }),
    // They are read from their file.
    users: [],
    session,
    certificates,
    oidc:
      oidc === null
        ? null
        : {
            ...oidc,
            clientSecretFile: oidcFile(oidc.clientSecretFile, "client-secret-file"),
            caFile: oidcFile(oidc.caFile, "ca-file"),
          },
    proxy:
      proxy === null
        ? null
        : {
            ...proxy,
            header: proxy.header.toLowerCase(),
            groupsHeader: proxy.groupsHeader?.toLowerCase() ?? null,
          },
  };
}

/** Null also where the token is missing, which is an error of its own. */
function hubOf(
  { hub, hubTokenFile, hubCaFile }: ConfigInput,
  pathOf: (named: FileReference) => string,
): HubSettings | null {
  if (hub === null || hubTokenFile === null) return null;
  const caFile = hubCaFile === null ? null : pathOf({ name: hubCaFile, path: ["hub-ca-file"] });
  return { urls: hub, tokenFile: pathOf({ name: hubTokenFile, path: ["hub-token-file"] }), caFile };
}

function databaseOf(
  { database, databaseFile }: ConfigInput,
  pathOf: (named: FileReference) => string,
): DatabaseAddress | null {
  if (database !== null) return { kind: "url", url: database };
  if (databaseFile === null) return null;
  return { kind: "file", path: pathOf({ name: databaseFile, path: ["database-file"] }) };
}

/** Replaces the names of the files in a probe by their paths: every key that ends in `-file` names one. */
function resolveProbeFiles(rule: RuleSettings, fileOf: ResolveKeyFile): RuleSettings {
  if (rule.probe === null) return rule;
  const named = Object.entries(rule.probe).filter(([key, name]) => key.endsWith("File") && name !== null);
  const paths = named.map(([key, name]) => [key, fileOf(String(name), fileKey(key))]);
  return { ...rule, probe: { ...rule.probe, ...Object.fromEntries(paths) } };
}
