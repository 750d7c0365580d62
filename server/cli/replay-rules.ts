import { isDeepStrictEqual } from "node:util";
import { DEFAULT_RULE } from "../config/defaults.ts";
import { type ServerKey, serverKey } from "../contract/server-key.ts";
import type { Settings } from "../contract/settings.ts";
import type { Target } from "../contract/target.ts";
import { redactTarget } from "../recording/redact-target.ts";
import type { ReplayerOptions } from "../recording/replayer.ts";
import { assignTarget } from "../targets/assign-target.ts";

/** Rules to judge a recording with, and the servers that they ask something of that was not asked when it was recorded. */
export interface OtherRules {
  readonly reassign: NonNullable<ReplayerOptions["reassign"]>;
  readonly askedOtherwise: ReadonlySet<ServerKey>;
}

/**
 * Judges by another configuration. A server has the results of the recording where it is asked the same as then;
 * otherwise there is no result for it. Instances that the configuration does not name keep their labels and maps.
 */
export function createReplayRules({ rules, instances }: Pick<Settings, "rules" | "instances">): OtherRules {
  const askedOtherwise = new Set<ServerKey>();
  return {
    askedOtherwise,
    reassign(recorded, view, instance, evidence) {
      const named = instances.find(({ name }) => name === instance.name) ?? instance;
      const next = assignTarget(view, named, rules, DEFAULT_RULE, evidence);
      if (next.kind === "none") return next;
      const isSame = recorded.kind === "target" && isDeepStrictEqual(question(recorded.target), question(next.target));
      if (!isSame) askedOtherwise.add(serverKey(instance.name, view.backend, view.server));
      const key = isSame ? recorded.target.key : `not recorded: ${next.target.key}`;
      return { ...next, target: { ...next.target, key } };
    },
  };
}

/** What a target is asked, without secrets and names of files. */
function question(target: Target): unknown {
  const { host, port, socketPath, proxyProtocol, probe } = redactTarget(target);
  const tls = probe.tls === null ? null : { ...probe.tls, caFile: null };
  return { host, port, socketPath, proxyProtocol, probe: { ...probe, tls } };
}
