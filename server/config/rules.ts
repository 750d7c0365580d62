import type { HttpRule, RuleSettings } from "../contract/settings.ts";
import { DEFAULT_HTTP } from "./defaults.ts";
import type { RuleInput } from "./rule-schema.ts";

/** One entry of `probes:`; `fileOf` finds the files that it names. */
export function ruleOf(input: RuleInput, fileOf: (name: string, key: string) => string): RuleSettings {
  return {
    match: input.match,
    skip: input.skip,
    http: input.http === undefined ? null : httpOf(input.http, fileOf),
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

function httpOf(http: NonNullable<RuleInput["http"]>, fileOf: (name: string, key: string) => string): HttpRule {
  const file = (key: "ca-file" | "bearer-token-file"): string | null => {
    const name = http[key];
    return name === undefined ? null : fileOf(name, key);
  };
  return {
    scheme: http.scheme ?? null,
    path: http.path ?? null,
    port: http.port ?? null,
    host: http.host ?? null,
    serverName: http["server-name"] ?? null,
    method: http.method,
    headers: http.headers,
    expectStatus: http.expect.status,
    expectBody: http.expect.body ?? DEFAULT_HTTP.expectBody,
    caFile: file("ca-file"),
    insecureSkipVerify: http["insecure-skip-verify"],
    bearerTokenFile: file("bearer-token-file"),
  };
}
