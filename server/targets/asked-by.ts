import type { GrpcRule, HttpRule, RuleDefaults, RuleSettings, TcpRule } from "../contract/settings.ts";
import type { GrpcProbe, HttpProbe, Target, TcpProbe, TlsProfile } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import type { Place } from "./address-map.ts";
import { guessedRequest, type Proof } from "./guess.ts";
import { requestName } from "./request-name.ts";

/** What decides how a server is asked. */
export interface Question {
  readonly view: ServerView;
  readonly rule: RuleSettings;
  readonly defaults: RuleDefaults;
  readonly place: Place;
  /** HAProxy's, or the rule's: what the guess goes by, wherever the map leads. */
  readonly port: number;
  readonly proof: Proof;
  readonly guessed: boolean;
}

/** The probe of a rule: by `tcp` or `grpc` where it says so, else by `http`, where what is left open is guessed. */
export function askedBy(question: Question): Target["probe"] {
  const { rule, defaults } = question;
  if (rule.tcp !== null) return tcpProbe(rule.tcp, question);
  if (rule.grpc !== null) return grpcProbe(rule.grpc, question);
  return httpProbe(rule.http ?? defaults.http, question);
}

const NO_TLS: TlsProfile = { serverName: null, caFile: null, verify: false };

function httpProbe(http: HttpRule, { view, place, port, proof, guessed }: Question): HttpProbe {
  const guess = guessedRequest(port, proof);
  const scheme = http.scheme ?? (speaksOfTls(http) ? "https" : guess.scheme);
  const { hostHeader, serverName } = requestName(http, view.fqdn, scheme, place);
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
function speaksOfTls({ caFile, serverName, clientCertFile, insecureSkipVerify }: HttpRule): boolean {
  return caFile !== null || serverName !== null || clientCertFile !== null || insecureSkipVerify;
}

function tcpProbe(tcp: TcpRule, { view, place }: Question): TcpProbe {
  const { serverName } = requestName({ ...tcp, host: null }, view.fqdn, "https", place);
  return { type: "tcp", tls: tlsOf(tcp, serverName), send: tcp.send, expect: tcp.expect };
}

function grpcProbe(grpc: GrpcRule, { view, place }: Question): GrpcProbe {
  const { hostHeader, serverName } = requestName(grpc, view.fqdn, grpc.tls ? "https" : "http", place);
  return { type: "grpc", tls: tlsOf(grpc, serverName), authority: hostHeader, service: grpc.service };
}

function tlsOf(rule: TcpRule | GrpcRule, serverName: string | null): TlsProfile | null {
  return rule.tls ? { serverName, caFile: rule.caFile, verify: !rule.insecureSkipVerify } : null;
}
