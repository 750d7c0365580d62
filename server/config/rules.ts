import type { ConnectionRule, GrpcRule, HttpRule, RuleSettings, TcpRule } from "../contract/settings.ts";
import { DEFAULT_HTTP } from "./defaults.ts";
import type { RuleInput } from "./rule-schema.ts";

/** Finds a file that a rule names; the path is that of the key within the rule. */
export type ResolveRuleFile = (name: string, path: readonly string[]) => string;

/** One entry of `probes:`. */
export function buildRule(input: RuleInput, fileOf: ResolveRuleFile): RuleSettings {
  return {
    match: input.match,
    skip: input.skip,
    http: input.http === undefined ? null : buildHttp(input.http, filesBelow("http", fileOf)),
    tcp: input.tcp === undefined ? null : buildTcp(input.tcp, filesBelow("tcp", fileOf)),
    grpc: input.grpc === undefined ? null : buildGrpc(input.grpc, filesBelow("grpc", fileOf)),
    allow: input.allow,
    everyMs: input.every ?? null,
    fastEveryMs: input["fast-every"],
    timeoutMs: input.timeout,
    rise: input.rise,
    fall: input.fall,
    graceMs: input.grace,
    startGraceMs: input["start-grace"],
    drainGraceMs: input["drain-grace"],
    connection: input.connection,
    sameQuestion: input["same-question"],
    expected: input.expected,
  };
}

/** The file that a key names, if it is there. */
type ResolveOptionalFile = (name: string | undefined, key: string) => string | null;

function filesBelow(place: string, fileOf: ResolveRuleFile): ResolveOptionalFile {
  return (name, key) => (name === undefined ? null : fileOf(name, [place, key]));
}

type HttpInput = NonNullable<RuleInput["http"]>;
type TcpInput = NonNullable<RuleInput["tcp"]>;
type GrpcInput = NonNullable<RuleInput["grpc"]>;

function buildHttp(http: HttpInput, file: ResolveOptionalFile): HttpRule {
  return {
    ...buildConnection(http, file),
    scheme: http.scheme ?? null,
    path: http.path ?? null,
    host: http.host ?? null,
    method: http.method,
    headers: http.headers,
    expectStatus: http.expect.status,
    expectBody: http.expect.body ?? DEFAULT_HTTP.expectBody,
    bearerTokenFile: file(http["bearer-token-file"], "bearer-token-file"),
    username: http.username ?? null,
    passwordFile: file(http["password-file"], "password-file"),
  };
}

function buildTcp(tcp: TcpInput, file: ResolveOptionalFile): TcpRule {
  return { ...buildConnection(tcp, file), tls: tcp.tls, send: tcp.send ?? "", expect: tcp.expect ?? { kind: "any" } };
}

function buildGrpc(grpc: GrpcInput, file: ResolveOptionalFile): GrpcRule {
  return {
    ...buildConnection(grpc, file),
    tls: grpc.tls,
    host: grpc.host ?? null,
    service: grpc.service ?? "",
    bearerTokenFile: file(grpc["bearer-token-file"], "bearer-token-file"),
  };
}

function buildConnection(input: HttpInput | TcpInput | GrpcInput, file: ResolveOptionalFile): ConnectionRule {
  return {
    port: input.port ?? null,
    serverName: input["server-name"] ?? null,
    caFile: file(input["ca-file"], "ca-file"),
    insecureSkipVerify: input["insecure-skip-verify"],
    clientCertFile: file(input["client-cert-file"], "client-cert-file"),
    clientKeyFile: file(input["client-key-file"], "client-key-file"),
    proxyProtocol: input["proxy-protocol"] ?? null,
  };
}
