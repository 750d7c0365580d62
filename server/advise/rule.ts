import type { ConfigFile, ConfigLine, Word } from "./config-file.ts";
import type { ConfigText } from "./config-lines.ts";
import type { Edit } from "./edit.ts";
import type { Severity } from "./lint-issue.ts";
import type { Proxy } from "./proxies.ts";
import type { Section } from "./sections.ts";
import type { ServerCheck } from "./server-check.ts";
import type { AssumedKind, ServerKind } from "./server-kind.ts";

/** What the caller knows beside the files. */
export interface AdviseOptions {
  readonly assumed: AssumedKind;
  /** The HAProxy that will read the files; null for any of today's. */
  readonly version: string | null;
  /** The authority that signed the servers' certificates. */
  readonly caFile: string | null;
  /** The health path of servers that are not Kubernetes. */
  readonly path: string | null;
  readonly host: string | null;
}

/** A check with what its server speaks. */
export interface JudgedCheck extends ServerCheck {
  readonly kind: ServerKind;
}

/** A backend or listen section with the checks of its servers. */
export interface CheckedProxy {
  readonly proxy: Proxy;
  readonly checks: readonly JudgedCheck[];
}

/** Everything that a rule may look at. */
export interface RuleContext {
  readonly files: readonly ConfigFile[];
  readonly texts: readonly ConfigText[];
  readonly sections: readonly Section[];
  readonly proxies: readonly Proxy[];
  readonly checked: readonly CheckedProxy[];
  readonly options: AdviseOptions;
}

/** One place where a rule holds. */
export interface RuleMatch {
  readonly line: ConfigLine;
  readonly word?: Word | undefined;
  readonly proxy?: Proxy;
  readonly checks?: readonly ServerCheck[];
  /** Where it differs from the rule's own. */
  readonly severity?: Severity;
  readonly message: string;
  readonly cure: readonly Edit[];
}

/** One kind of mistake. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence: what goes wrong. */
  readonly why: string;
  /** More about it, for its page of the documentation. */
  readonly details: string;
  /** A configuration with the mistake, which its page shows with the cure. */
  readonly example: string;
  readonly detect: (context: RuleContext) => readonly RuleMatch[];
}
