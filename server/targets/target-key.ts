import type { BodyExpectation, Target, TlsProfile } from "../contract/target.ts";

/** Text that is the same exactly where the whole target is: servers with the same text are probed once. How patiently the answers are judged is not part of it. */
export function targetKey(target: Omit<Target, "key">): string {
  const { credentials } = target;
  // Lists in a fixed order, since the order of an object's keys is an accident of the configuration.
  return JSON.stringify([
    target.network,
    target.host,
    target.port,
    target.socketPath,
    target.proxyProtocol,
    probeKey(target.probe),
    credentials === null
      ? null
      : [
          credentials.bearerTokenFile,
          credentials.basic?.username,
          credentials.basic?.passwordFile,
          credentials.clientCertificate?.certFile,
          credentials.clientCertificate?.keyFile,
          credentials.sendTo,
        ],
    target.guessed,
    target.everyMs,
    target.fastEveryMs,
    target.timeoutMs,
    target.connection,
  ]);
}

function probeKey(probe: Target["probe"]): readonly unknown[] {
  switch (probe.type) {
    case "http":
      return [
        probe.type,
        probe.scheme,
        probe.method,
        probe.path,
        probe.hostHeader,
        Object.entries(probe.headers).sort(([a], [b]) => (a < b ? -1 : 1)),
        probe.expectStatus.map(({ from, to }) => [from, to]),
        bodyKey(probe.expectBody),
        tlsKey(probe.tls),
      ];
    case "tcp":
      return [probe.type, probe.send, bodyKey(probe.expect), tlsKey(probe.tls)];
    case "grpc":
      return [probe.type, probe.service, probe.authority, tlsKey(probe.tls)];
    default:
      return probe satisfies never;
  }
}

function tlsKey(tls: TlsProfile | null): readonly unknown[] | null {
  return tls === null ? null : [tls.serverName, tls.caFile, tls.verify];
}

function bodyKey(body: BodyExpectation): readonly (string | null)[] {
  switch (body.kind) {
    case "any":
      return [body.kind, null];
    case "equals":
    case "contains":
      return [body.kind, body.text];
    case "matches":
      return [body.kind, body.pattern];
    default:
      return body satisfies never;
  }
}
