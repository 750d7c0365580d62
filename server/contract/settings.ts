import type { AlertSettings } from "./alert-settings.ts";
import type { ListenAddress } from "./listen.ts";
import type { Reach, Role, Scope } from "./principal.ts";
import type { InstanceName } from "./server-key.ts";
import type { ExpectedMismatch, HttpRule, ProbeRule } from "./target.ts";
import type { VantageName } from "./vantage.ts";

/** How a HAProxy behind TLS is verified, and who we are to it. Files are read when they are needed, and again when they changed. */
export interface StatsTls {
  /** SNI and the name to verify; null: the host that is connected to. */
  readonly serverName: string | null;
  /** Null: the authorities of the system. */
  readonly caFile: string | null;
  readonly clientCertFile: string | null;
  /** Null: the key is in the file of the certificate. */
  readonly clientKeyFile: string | null;
  readonly verify: boolean;
}

/** Who asks for a stats page (`stats auth`). */
export interface StatsLogin {
  readonly user: string;
  /** A secret: never in a message. */
  readonly password:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "file"; readonly path: string };
}

/** The stats page, asked for as CSV. */
export interface StatsPage {
  readonly kind: "page";
  readonly host: string;
  readonly port: number;
  /** Path and query of `stats uri`, without what asks for the CSV. */
  readonly path: string;
  readonly login: StatsLogin | null;
  /** Further headers of the request; their values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: plain http. */
  readonly tls: StatsTls | null;
}

/** Where an instance answers: a stats socket, the master's socket (`-S`), or the stats page. Further kinds of sources are further members. */
export type StatsAddress =
  | { readonly kind: "unix"; readonly path: string }
  /** A socket in Linux' abstract namespace. */
  | { readonly kind: "abns"; readonly name: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly tls: StatsTls }
  | { readonly kind: "unix-master"; readonly path: string }
  | { readonly kind: "tcp-master"; readonly host: string; readonly port: number }
  | StatsPage;

/** Those that have a host and a port. */
export type RemoteStatsAddress = Extract<StatsAddress, { readonly host: string }>;

/** One line of an `address-map`: HAProxy's address of a server, and ours. First match wins. */
export interface AddressMapping {
  readonly from: string;
  readonly to: string;
}

/** One polled HAProxy, as configured. */
export interface InstanceSettings {
  readonly name: InstanceName;
  readonly stats: StatsAddress;
  /** The address as people write it, without secrets: for messages. */
  readonly statsText: string;
  readonly everyMs: number;
  readonly site: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addressMap: readonly AddressMapping[];
  /** Paths of its haproxy.cfg, in the order in which it reads them; absent where they cannot be read from here. */
  readonly cfg?: readonly string[];
}

/** Instances that a name in DNS stands for: one for each address, looked up again and again. */
export interface DiscoverySettings {
  /** Their names begin with it. */
  readonly name: string;
  /** `_service._proto.name` is asked for SRV records, any other name for addresses. */
  readonly dns: string;
  /** Null: as the SRV record says. */
  readonly port: number | null;
  /** An instance, but for its name, host and port. */
  readonly template: Omit<InstanceSettings, "name" | "stats" | "statsText"> & { readonly stats: RemoteStatsAddress };
}

/** Globs by what they are compared with; keys that are absent match everything. */
export interface RuleMatch {
  readonly instance?: readonly string[];
  readonly site?: readonly string[];
  readonly backend?: readonly string[];
  readonly server?: readonly string[];
  readonly address?: readonly string[];
  readonly port?: readonly string[];
  readonly mode?: readonly string[];
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** One entry of `probes:`. Null: the default of the bounds, which may depend on the port. */
export interface RuleSettings {
  readonly match: RuleMatch;
  readonly skip: boolean;
  /** Null: http as the guess would say. */
  readonly probe: ProbeRule | null;
  /** CIDRs, addresses and `unix:/path` to which this rule's credentials may go. */
  readonly allow: readonly string[];
  readonly everyMs: number | null;
  readonly fastEveryMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly graceMs: number | "auto";
  readonly startGraceMs: number;
  readonly drainGraceMs: number;
  readonly connection: "fresh" | "reuse" | "auto";
  readonly sameQuestion: boolean;
  readonly expected: ExpectedMismatch | null;
}

/** What a server is asked without a rule, and what a rule leaves open: every number is filled in. */
export interface RuleDefaults extends RuleSettings {
  readonly probe: HttpRule;
  readonly everyMs: number;
  readonly graceMs: number;
  /** Kubernetes' API servers are asked more often. */
  readonly apiserver: { readonly port: number; readonly everyMs: number };
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "json" | "text";

/** Where a database's URL is, which may contain a password: in the configuration, or in a file of its own. */
export type DatabaseAddress =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

/** How long history is kept, in milliseconds. */
export interface RetentionSettings {
  readonly verdictsMs: number;
  /** Measurements by the minute and by the hour. */
  readonly minutesMs: number;
  readonly hoursMs: number;
}

/** One entry of `auth.tokens`: of `role` and `scopes` one is null, of `tokenFile` and `tokenHash` too. */
export interface TokenSettings extends Reach {
  readonly name: string;
  readonly role: Role | null;
  readonly scopes: readonly Scope[] | null;
  /** Path of the file that holds the token, or its hash. */
  readonly tokenFile: string | null;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly tokenHash: string | null;
  /** Milliseconds since 1970; null: it has no end. */
  readonly expires: number | null;
  /** The vantage whose events it may append; null for a token without the scope `ingest`. */
  readonly vantage: VantageName | null;
}

/** The hubs that get the events of this haprobe, each of them all. */
export interface HubSettings {
  /** https, or http to this machine; without a last slash. */
  readonly urls: readonly string[];
  /** Path of the file with the token. */
  readonly tokenFile: string;
  /** Null: the authorities of the system. */
  readonly caFile: string | null;
}

/** One entry of the file of users. */
export interface UserSettings extends Reach {
  readonly name: string;
  readonly role: Role;
  /** Argon2id in the PHC string format. */
  readonly passwordHash: string;
}

/** How long a session lasts without use, and at most. */
export interface SessionSettings {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** The role of a group of an identity provider or a proxy. */
export interface GroupRole extends Reach {
  readonly group: string;
  readonly role: Role;
}

/** How a trusted proxy names its users. Header names are in lower case. */
export interface ProxyAuthSettings {
  readonly header: string;
  /** Holds groups, separated by commas; null: none are read. */
  readonly groupsHeader: string | null;
  /** The first entry of a user's groups counts. */
  readonly roles: readonly GroupRole[];
  /** Of users without such a group; null: they are refused. */
  readonly defaultRole: Role | null;
}

/** An OpenID provider. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecretFile: string | null;
  /** Null: the authorities of Node.js. */
  readonly caFile: string | null;
  readonly scopes: readonly string[];
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly roles: readonly GroupRole[];
  readonly defaultRole: Role | null;
}

/** One entry of `auth.certificates`. */
export interface CertificateSettings extends Reach {
  readonly commonName: string;
  readonly role: Role;
}

/** Who may come in. */
export interface AuthSettings {
  /** `open`: reading needs no identity. */
  readonly reading: "open" | "signed-in";
  readonly tokens: readonly TokenSettings[];
  /** Path of the file of users; null: there are none. */
  readonly usersFile: string | null;
  readonly users: readonly UserSettings[];
  readonly session: SessionSettings;
  readonly certificates: readonly CertificateSettings[];
  /** Null: no header of a proxy names a user. */
  readonly proxy: ProxyAuthSettings | null;
  /** Null: no provider signs users in. */
  readonly oidc: OidcSettings | null;
}

/** How much of what enters the judge is kept in the data directory. */
export interface RecordingSettings {
  readonly keepMs: number;
  readonly maxBytes: number;
}

/** The certificate that haprobe's listener presents. The files are read again when they change. */
export interface ListenerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates; null: none is asked for. */
  readonly clientCaFile: string | null;
}

/** The whole configuration, checked and with its defaults filled in. */
export interface Settings {
  readonly alerts: AlertSettings;
  readonly listen: ListenAddress;
  /** Permission bits of the UNIX socket. */
  readonly listenMode: number;
  /** Serves reading only where other machines reach the listener without TLS and `auth`. */
  readonly listenInsecurely: boolean;
  /** Null: plain HTTP. */
  readonly tls: ListenerTls | null;
  /** Networks of the proxies whose forwarded headers count, and `unix` for the peers of a UNIX socket. */
  readonly trustedProxies: readonly string[];
  /** Address of the dashboard in a browser, without its last slash. */
  readonly publicUrl: string | null;
  /** Further host names, in lower case, that requests may have. */
  readonly allowedHosts: readonly string[];
  readonly instances: readonly InstanceSettings[];
  readonly discoveries: readonly DiscoverySettings[];
  readonly rules: readonly RuleSettings[];
  /** Folders below which a file has to lie that a file of `conf.d` names, by its path, whatever links lead to. */
  readonly fileScopes: ReadonlyMap<string, readonly string[]>;
  readonly auth: AuthSettings;
  readonly metricsPerServer: "all" | "mismatches" | "none";
  /** Absolute path of the folder for what outlives a restart; null: nothing does. */
  readonly dataDir: string | null;
  /** Null: a file in the data directory. */
  readonly database: DatabaseAddress | null;
  readonly retention: RetentionSettings;
  /** Null: nothing is recorded; nor is it without a data directory. */
  readonly recording: RecordingSettings | null;
  /** Where this haprobe stands. */
  readonly site: string;
  /** Null: none. */
  readonly hub: HubSettings | null;
  /** Name of this haprobe in what is stored; null: the one remembered in the data directory, else the host's. */
  readonly vantage: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}
