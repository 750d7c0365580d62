import type { GrpcRule, HttpRule, RuleDefaults, RuleSettings, TcpRule } from "../contract/settings.ts";
import type { GrpcProbe, HttpProbe, Target, TcpProbe, TlsProfile } from "../contract/target.ts";
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

/** The probe of a rule: by `tcp` or `grpc` where it says so, else by `http`, where what is left open is guessed. */
export function buildProbe(question: ProbeInputs): Target["probe"] {
  const { rule, defaults } = question;
  if (rule.tcp !== null) return tcpProbe(rule.tcp, question);
  if (rule.grpc !== null) return grpcProbe(rule.grpc, question);
  return httpProbe(rule.http ?? defaults.http, question);
}

const NO_TLS: TlsProfile = { serverName: null, caFile: null, verify: false };

function httpProbe(
  http: HttpRule,
  { view, address: place, port, evidence: proof, isGuess: guessed }: ProbeInputs,
): HttpProbe {
  const guess = guessRequest(port, proof);
  const scheme = http.scheme ?? (impliesTls(http) ? "https" : guess.scheme);
  const { hostHeader, serverName } = resolveRequestNames(http, view.fqdn, scheme, place);
  // A guess carries no secret, so it records the certificate instead of judging it.
  const verify = !guessed && !http.insecureSkipVerify;
  return {
    type: "http",
    scheme,
    method: http.method,
    path: http.path ?? guess.path,
    hostHeader,
    headers: http.headers,
    expectStatus: http.expectStatus,
    expectBody: http.expectBody,
    tls: scheme === "http" ? NO_TLS : { serverName, caFile: http.caFile, verify },
  };
}

/** Whoever names a CA or a server name has said that it is TLS. */
function impliesTls({ caFile, serverName, clientCertFile, insecureSkipVerify }: HttpRule): boolean {
  return caFile !== null || serverName !== null || clientCertFile !== null || insecureSkipVerify;
}

function tcpProbe(tcp: TcpRule, { view, address: place }: ProbeInputs): TcpProbe {
  const { serverName } = resolveRequestNames({ ...tcp, host: null }, view.fqdn, "https", place);
  return { type: "tcp", tls: buildTlsProfile(tcp, serverName), send: tcp.send, expect: tcp.expect };
}

function grpcProbe(grpc: GrpcRule, { view, address: place }: ProbeInputs): GrpcProbe {
  const { hostHeader, serverName } = resolveRequestNames(grpc, view.fqdn, grpc.tls ? "https" : "http", place);
  return { type: "grpc", tls: buildTlsProfile(grpc, serverName), authority: hostHeader, service: grpc.service };
}

function buildTlsProfile(rule: TcpRule | GrpcRule, serverName: string | null): TlsProfile | null {
  return rule.tls ? { serverName, caFile: rule.caFile, verify: !rule.insecureSkipVerify } : null;
}
