import { stringify } from "yaml";
import type {
  ConnectionRule,
  GrpcRule,
  HttpRule,
  RuleMatch,
  RuleSettings,
  Settings,
  TcpRule,
} from "../contract/settings.ts";
import type { BodyExpectation, StatusRange } from "../contract/target.ts";
import { formatHostPort } from "../targets/host-port.ts";
import { formatDuration } from "./duration.ts";
import { discoveryText, instanceText } from "./render-instances.ts";
import { REDACTED, SECRET_NAME } from "./secret-name.ts";

/** The whole configuration as it holds, in the words of the file: loading it again gives the same settings, but for what is redacted. Absent keys are guessed or have no effect. */
export function renderSettings(settings: Settings): string {
  const config = {
    listen: formatHostPort(settings.listen.host, settings.listen.port),
    "public-url": settings.publicUrl,
    haproxy: [...settings.instances.map(instanceText), ...settings.discoveries.map(discoveryText)],
    probes: settings.rules.map(ruleText),
    metrics: { "per-server": settings.metricsPerServer },
    "log-level": settings.logLevel,
    "log-format": settings.logFormat,
  };
  return stringify(fileForm(config), { lineWidth: 0, aliasDuplicateObjects: false });
}

function ruleText(rule: RuleSettings): unknown {
  if (rule.skip) return { match: matchText(rule.match), skip: true };
  return {
    match: matchText(rule.match),
    http: rule.http === null ? null : httpText(rule.http),
    tcp: rule.tcp === null ? null : tcpText(rule.tcp),
    grpc: rule.grpc === null ? null : grpcText(rule.grpc),
    allow: rule.allow,
    every: rule.everyMs === null ? null : formatDuration(rule.everyMs),
    "fast-every": formatDuration(rule.fastEveryMs),
    timeout: formatDuration(rule.timeoutMs),
    rise: rule.rise,
    fall: rule.fall,
    grace: rule.graceMs === "auto" ? "auto" : formatDuration(rule.graceMs),
    "start-grace": formatDuration(rule.startGraceMs),
    "drain-grace": formatDuration(rule.drainGraceMs),
    connection: rule.connection,
    "same-question": rule.sameQuestion,
    expected: rule.expected,
  };
}

function matchText({ labels, ...match }: RuleMatch): unknown {
  const named = Object.entries(labels ?? {}).map(([name, globs]) => [`label.${name}`, globs]);
  return { ...match, ...Object.fromEntries(named) };
}

function httpText(http: HttpRule): unknown {
  return {
    scheme: http.scheme,
    path: http.path === null ? null : withoutSecrets(http.path),
    host: http.host,
    ...connectionText(http),
    "bearer-token-file": http.bearerTokenFile,
    username: http.username,
    "password-file": http.passwordFile,
    method: http.method,
    headers: Object.fromEntries(
      Object.entries(http.headers).map(([name, value]) => [name, SECRET_NAME.test(name) ? REDACTED : value]),
    ),
    expect: { status: http.expectStatus.map(rangeText), body: bodyText(http.expectBody) },
  };
}

function tcpText(tcp: TcpRule): unknown {
  const { expect } = tcp;
  const words = expect.kind === "contains" ? expect.text : bodyText(expect);
  return { tls: tcp.tls, ...connectionText(tcp), send: tcp.send === "" ? null : REDACTED, expect: words };
}

function grpcText(grpc: GrpcRule): unknown {
  return {
    tls: grpc.tls,
    host: grpc.host,
    ...connectionText(grpc),
    "bearer-token-file": grpc.bearerTokenFile,
    service: grpc.service === "" ? null : grpc.service,
  };
}

function connectionText(rule: ConnectionRule): Readonly<Record<string, unknown>> {
  return {
    port: rule.port,
    "server-name": rule.serverName,
    "ca-file": rule.caFile,
    // Without TLS it has no effect, and the file may not hold it.
    "insecure-skip-verify": rule.insecureSkipVerify || null,
    "client-cert-file": rule.clientCertFile,
    "client-key-file": rule.clientKeyFile,
    "proxy-protocol": rule.proxyProtocol,
  };
}

function rangeText({ from, to }: StatusRange): number | string {
  return from === to ? from : `${from}-${to}`;
}

function bodyText(body: BodyExpectation): unknown {
  switch (body.kind) {
    case "any":
      return null;
    case "equals":
      return body.text;
    case "contains":
      return { contains: body.text };
    case "matches":
      return `/${body.pattern}/`;
    default:
      return body satisfies never;
  }
}

/** Values of a query that sound like secrets. */
function withoutSecrets(path: string): string {
  return path.replace(/([?&])([^=&]*)=([^&]*)/g, (whole, start: string, name: string) =>
    SECRET_NAME.test(name) ? `${start}${name}=${REDACTED}` : whole,
  );
}

/** Null means absent in the file; `$` means a variable there, so it is doubled. */
function fileForm(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(fileForm);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, fileForm(item)]])),
  );
}
