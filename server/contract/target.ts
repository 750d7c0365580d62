import type { NoTargetReason } from "./reason.ts";
import type { Verdict } from "./verdict.ts";

/** A status that a rule accepts: one code or a closed range. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What the body has to be: nothing in particular, equal after trim, containing a text, or matching (in linear time). */
export type BodyExpectation =
  | { readonly kind: "any" }
  | { readonly kind: "equals"; readonly text: string }
  | { readonly kind: "contains"; readonly text: string }
  | { readonly kind: "matches"; readonly pattern: string };

/** A version of TLS, as in `min-version`. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";

/** `tls:` of a rule: what the handshake offers; null: as OpenSSL's and Node's defaults say. */
export interface TlsParameters {
  readonly minVersion: TlsVersion | null;
  /** OpenSSL's list of ciphers, which sets the security level, too. */
  readonly ciphers: string | null;
}

/** What every type of probe may say of the connection; null: as HAProxy's view of the server says, or nothing. */
export interface ConnectionRule {
  readonly port: number | null;
  readonly serverName: string | null;
  readonly caFile: string | null;
  readonly insecureSkipVerify: boolean;
  readonly clientCertFile: string | null;
  readonly clientKeyFile: string | null;
  readonly proxyProtocol: ProxyProtocol | null;
}

/** `http:` of a rule; null means: as the guess would say. */
export interface HttpRule extends ConnectionRule {
  readonly type: "http";
  readonly scheme: "http" | "https" | null;
  readonly version: HttpVersion;
  readonly tls: TlsParameters | null;
  readonly path: string | null;
  readonly host: string | null;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A null body may be anything. */
  readonly expect: { readonly status: readonly StatusRange[]; readonly body: BodyExpectation | null };
  readonly bearerTokenFile: string | null;
  /** Both or neither; not beside a token. */
  readonly username: string | null;
  readonly passwordFile: string | null;
}

/** `tcp:` of a rule; null: nothing is sent, nothing is expected. */
export interface TcpRule extends ConnectionRule {
  readonly type: "tcp";
  /** Null: no TLS. */
  readonly tls: TlsParameters | null;
  readonly send: string | null;
  readonly expect: BodyExpectation | null;
}

/** `grpc:` of a rule. */
export interface GrpcRule extends ConnectionRule {
  readonly type: "grpc";
  /** Null: no TLS. */
  readonly tls: TlsParameters | null;
  readonly host: string | null;
  /** Null: the server as a whole. */
  readonly service: string | null;
  readonly bearerTokenFile: string | null;
}

/** How a rule probes. */
export type ProbeRule = HttpRule | TcpRule | GrpcRule;

/** What to offer a server in the handshake and how to verify its certificate. Files are read by the prober, never by the pure folders. */
export interface TlsProfile extends TlsParameters {
  /** SNI and the name to verify; null for none (an IP address). */
  readonly serverName: string | null;
  readonly caFile: string | null;
  /** False where the rule says insecure-skip-verify, or for a guess: the certificate is recorded, not judged. */
  readonly verify: boolean;
}

/** `auto`: HTTP/1.1, and HTTP/2 where the server turns out to speak nothing else. */
export type HttpVersion = "auto" | "1.1" | "2";

/** A request that carries no secret by itself; what may be added to it is in `credentials`. */
export interface HttpProbe {
  readonly type: "http";
  readonly scheme: "http" | "https";
  readonly method: string;
  readonly path: string;
  /** Host header. */
  readonly hostHeader: string;
  readonly version: HttpVersion;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectStatus: readonly StatusRange[];
  readonly expectBody: BodyExpectation;
  readonly tls: TlsProfile;
}

/** Connects, says something where `send` is not empty, and waits until what the server says fits. */
export interface TcpProbe {
  readonly type: "tcp";
  /** Null: no TLS. */
  readonly tls: TlsProfile | null;
  readonly send: string;
  readonly expect: BodyExpectation;
}

/** Asks `grpc.health.v1.Health/Check`. */
export interface GrpcProbe {
  readonly type: "grpc";
  /** Null: HTTP/2 without TLS, known to both sides beforehand. */
  readonly tls: TlsProfile | null;
  /** `:authority`, what HTTP/1 calls Host. */
  readonly authority: string;
  /** Empty: the server as a whole. */
  readonly service: string;
}

/** A name and a password by HTTP's Basic scheme. */
export interface BasicLogin {
  readonly username: string;
  readonly passwordFile: string;
}

/** A certificate to show in the TLS handshake, and the key that proves it. */
export interface ClientCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Secrets of a rule, at least one; `allowed-address` where the address is in the rule's `allow`, else only to a peer verified by the rule's own CA. */
export interface CredentialsPolicy {
  readonly bearerTokenFile: string | null;
  readonly basic: BasicLogin | null;
  readonly clientCertificate: ClientCertificate | null;
  readonly sendTo: "allowed-address" | "verified-peer" | "never";
}

/** HAProxy's PROXY protocol, by which a proxy names the client of a connection. */
export type ProxyProtocol = "v1" | "v2";

/** What to probe: servers with the same target are probed once. */
export interface Target {
  /** Equal exactly where network, address and probe are: the key of results and of the schedule. */
  readonly key: string;
  readonly network: string;
  /** An address or a name; empty where `socketPath` is set. */
  readonly host: string;
  /** 0 where `socketPath` is set. */
  readonly port: number;
  /** A UNIX socket in place of host and port, from the address-map only. */
  readonly socketPath: string | null;
  /** The header that goes first on each connection; null: none. */
  readonly proxyProtocol: ProxyProtocol | null;
  readonly probe: HttpProbe | TcpProbe | GrpcProbe;
  readonly credentials: CredentialsPolicy | null;
  /** No rule of the user: what plainly speaks HTTP is asked with a guessed path. */
  readonly guessed: boolean;
  readonly everyMs: number;
  readonly fastEveryMs: number;
  readonly timeoutMs: number;
  readonly connection: "fresh" | "reuse" | "auto";
}

/** A mismatch that the configuration expects: it is shown and not alerted. */
export interface ExpectedMismatch {
  readonly verdict: Verdict;
  readonly why: string;
}

/** How a server is judged, from the rule that matched it. */
export interface JudgePolicy {
  /** Good probes in a row that heal, failed ones in a row that can confirm. */
  readonly rise: number;
  readonly fall: number;
  readonly graceMs: number;
  /** `grace: auto`: longer where this backend's checks have been seen to move slower. */
  readonly learnsGrace: boolean;
  readonly startGraceMs: number;
  readonly drainGraceMs: number;
  /** HAProxy's check asks the same question, so its DOWN against our pass is worth an alert. */
  readonly sameQuestion: boolean;
  readonly expected: ExpectedMismatch | null;
}

/** What the rules say about a server: a target, or why there is none. */
export type Assignment =
  | {
      readonly kind: "target";
      readonly target: Target;
      readonly policy: JudgePolicy;
      /** The port that the rule probes where it is not the one of the traffic. */
      readonly otherPort?: number;
      readonly cure?: FileCure;
    }
  | {
      readonly kind: "none";
      readonly reason: NoTargetReason;
      readonly policy: JudgePolicy;
      readonly cure?: FileCure;
    };

/** The diff of HAProxy's own configuration file that cures the check of this server, a line each. */
export type FileCure = readonly string[];
