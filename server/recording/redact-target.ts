import { REDACTED, redactQuery } from "../contract/redact-query.ts";
import type { InstanceSettings, RuleSettings } from "../contract/settings.ts";
import type { CredentialsPolicy, Target } from "../contract/target.ts";

/** A target without the values of its headers, the secrets of its query, what it sends and who logs in. */
export function redactTarget({ probe, ...rest }: Omit<Target, "key">): Omit<Target, "key"> {
  const target = { ...rest, credentials: redactCredentials(rest.credentials) };
  if (probe.type === "grpc") return { ...target, probe };
  if (probe.type === "tcp") return { ...target, probe: { ...probe, send: probe.send === "" ? "" : REDACTED } };
  const headers = Object.fromEntries(Object.keys(probe.headers).map((name) => [name, REDACTED]));
  return { ...target, probe: { ...probe, path: redactQuery(probe.path), headers } };
}

function redactCredentials(credentials: CredentialsPolicy | null): CredentialsPolicy | null {
  if (credentials === null || credentials.basic === null) return credentials;
  return { ...credentials, basic: { ...credentials.basic, username: REDACTED } };
}

/** A rule without the values of its headers and who logs in, which its rendering may show. */
export function redactRule(rule: RuleSettings): RuleSettings {
  if (rule.probe?.type !== "http") return rule;
  const headers = Object.fromEntries(Object.keys(rule.probe.headers).map((name) => [name, REDACTED]));
  const username = rule.probe.username === null ? null : REDACTED;
  return { ...rule, probe: { ...rule.probe, headers, username } };
}

/** An instance without the address and the secrets of its stats; `statsText` has none. */
export function redactInstance(instance: InstanceSettings): InstanceSettings {
  return { ...instance, stats: { kind: "unix", path: "" } };
}
