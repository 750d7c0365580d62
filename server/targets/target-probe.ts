import type { RuleDefaults, RuleSettings } from "../contract/settings.ts";
import type {
  BodyExpectation,
  GrpcProbe,
  GrpcRule,
  HttpProbe,
  HttpRule,
  Target,
  TcpProbe,
  TcpRule,
  TlsParameters,
  TlsProfile,
} from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import type { TargetAddress } from "./address-map.ts";
import { guessRequest, type ProtocolEvidence } from "./protocol-evidence.ts";
import { resolveRequestNames } from "./request-name.ts";

/** What decides how a server is asked. */
export interface ProbeInputs {
  readonly view: ServerView;
  readonly rule: RuleSettings;
  readonly defaults: RuleDefaults;
  readonly address: TargetAddress;
  /** HAProxy's, or the rule's: what the guess goes by, wherever the map leads. */
  readonly port: number;
  readonly evidence: ProtocolEvidence;
  readonly isGuess: boolean;
}

/** The probe of a rule; for HTTP, what the rule leaves open is guessed. */
export function buildProbe(inputs: ProbeInputs): Target["probe"] {
  const rule = inputs.rule.probe ?? inputs.defaults.probe;
  switch (rule.type) {
    case "http":
      return httpProbe(rule, inputs);
    case "tcp":
      return tcpProbe(rule, inputs);
    case "grpc":
      return grpcProbe(rule, inputs);
    default:
      return rule satisfies never;
  }
}

const ANY_BODY: BodyExpectation = { kind: "any" };
const DEFAULT_PARAMETERS: TlsParameters = { minVersion: null, ciphers: null };
const NO_TLS: TlsProfile = { serverName: null, caFile: null, verify: false, ...DEFAULT_PARAMETERS };

function httpProbe(http: HttpRule, { view, address, port, evidence, isGuess }: ProbeInputs): HttpProbe {
  const guess = guessRequest(port, evidence);
  const scheme = http.scheme ?? (impliesTls(http) ? "https" : guess.scheme);
  const { hostHeader, serverName } = resolveRequestNames(http, view.fqdn, scheme, address);
  // A guess carries no secret, so it records the certificate instead of judging it.
  const verify = !isGuess && !http.insecureSkipVerify;
  return {
    type: "http",
    scheme,
    method: http.method,
    path: http.path ?? guess.path,
    hostHeader,
    version: http.version,
    headers: http.headers,
    expectStatus: http.expect.status,
    expectBody: http.expect.body ?? ANY_BODY,
    tls: scheme === "http" ? NO_TLS : { serverName, caFile: http.caFile, verify, ...(http.tls ?? DEFAULT_PARAMETERS) },
  };
}

/** A rule that names a CA, a server name, a certificate or TLS itself means TLS. */
function impliesTls({ caFile, serverName, clientCertFile, insecureSkipVerify, tls }: HttpRule): boolean {
  return caFile !== null || serverName !== null || clientCertFile !== null || insecureSkipVerify || tls !== null;
}

function tcpProbe(tcp: TcpRule, { view, address }: ProbeInputs): TcpProbe {
  const { serverName } = resolveRequestNames({ ...tcp, host: null }, view.fqdn, "https", address);
  return { type: "tcp", tls: buildTlsProfile(tcp, serverName), send: tcp.send ?? "", expect: tcp.expect ?? ANY_BODY };
}

function grpcProbe(grpc: GrpcRule, { view, address }: ProbeInputs): GrpcProbe {
  const { hostHeader, serverName } = resolveRequestNames(
    grpc,
    view.fqdn,
    grpc.tls !== null ? "https" : "http",
    address,
  );
  return { type: "grpc", tls: buildTlsProfile(grpc, serverName), authority: hostHeader, service: grpc.service ?? "" };
}

function buildTlsProfile(rule: TcpRule | GrpcRule, serverName: string | null): TlsProfile | null {
  const { tls, caFile, insecureSkipVerify } = rule;
  return tls === null ? null : { serverName, caFile, verify: !insecureSkipVerify, ...tls };
}
