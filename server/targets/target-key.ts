import type { Target } from "../contract/target.ts";

/** The key of a target: two targets have the same key exactly if they are equal. Servers with one key are probed once; how they are judged is not part of it. */
export function targetKey(target: Omit<Target, "key">): string {
  const { credentials } = target;
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

/** The probe with its keys in the order of `buildProbe`, and its headers, which have the order of the file, sorted. */
function probeKey(probe: Target["probe"]): unknown {
  if (probe.type !== "http") return probe;
  return { ...probe, headers: Object.entries(probe.headers).sort(([a], [b]) => (a < b ? -1 : 1)) };
}
