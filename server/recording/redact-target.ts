import { REDACTED, redactQuery } from "../contract/redact-query.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { Target } from "../contract/target.ts";

/** A target without the values of its headers, the secrets of its query and what it sends. */
export function redactTarget({ probe, ...target }: Omit<Target, "key">): Omit<Target, "key"> {
  if (probe.type === "grpc") return { ...target, probe };
  if (probe.type === "tcp") return { ...target, probe: { ...probe, send: probe.send === "" ? "" : REDACTED } };
  const headers = Object.fromEntries(Object.keys(probe.headers).map((name) => [name, REDACTED]));
  return { ...target, probe: { ...probe, path: redactQuery(probe.path), headers } };
}

/** An instance without the address and the secrets of its stats; `statsText` has none. */
export function redactInstance(instance: InstanceSettings): InstanceSettings {
  return { ...instance, stats: { kind: "unix", path: "" } };
}
