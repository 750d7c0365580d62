import type { Target } from "../contract/target.ts";

/** Text that is the same exactly where the whole target is: servers with the same text are probed once. How patiently the answers are judged is not part of it. */
export function targetKey(target: Omit<Target, "key">): string {
  const { probe } = target;
  // A list in a fixed order, since the order of an object's keys is an accident of the configuration.
  return JSON.stringify([
    target.network,
    target.host,
    target.port,
    probe.type,
    probe.scheme,
    probe.method,
    probe.path,
    probe.hostHeader,
    Object.entries(probe.headers).sort(([a], [b]) => (a < b ? -1 : 1)),
    probe.expectStatus.map(({ from, to }) => [from, to]),
    probe.expectBody.kind,
    bodyText(target),
    probe.tls.serverName,
    probe.tls.caFile,
    probe.tls.verify,
    target.credentials === null ? null : [target.credentials.bearerTokenFile, target.credentials.sendTo],
    target.guessed,
    target.everyMs,
    target.fastEveryMs,
    target.timeoutMs,
    target.connection,
  ]);
}

function bodyText({ probe }: Omit<Target, "key">): string | null {
  const body = probe.expectBody;
  switch (body.kind) {
    case "any":
      return null;
    case "equals":
    case "contains":
      return body.text;
    case "matches":
      return body.pattern;
    default:
      return body satisfies never;
  }
}
