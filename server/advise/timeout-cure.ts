import type { Edit } from "./edit.ts";
import { insertBefore, replaceWord } from "./edit.ts";
import { insertAboveServers } from "./insertion-point.ts";
import type { Proxy } from "./proxies.ts";
import type { ServerKind } from "./server-kind.ts";

/** A kube-apiserver asks etcd twice, 2 s each, before it says that etcd is away. */
export const KUBERNETES_ANSWER_MS = 4_500;
const TIMEOUT = "timeout check 5s";

/** The line that gives checks of this kind enough time; none where they have it, or where the section's own line has to be changed. */
export function timeoutLines(proxy: Proxy, kind: ServerKind): readonly string[] {
  if (kind !== "kubernetes") return [];
  const timeout = proxy.timeouts.get("check");
  if (timeout === undefined) return [TIMEOUT];
  return timeout.ms === null || timeout.ms >= KUBERNETES_ANSWER_MS || timeout.isOwn ? [] : [TIMEOUT];
}

/** The change that gives checks enough time. */
export function cureTimeout(proxy: Proxy): readonly Edit[] {
  const timeout = proxy.timeouts.get("check");
  if (timeout?.isOwn === true) return [replaceWord(timeout.line, timeout.word, "5s")];
  const option = proxy.checkOptions.find(({ isOwn }) => isOwn)?.line ?? proxy.ownHttpRules[0]?.line;
  if (option !== undefined) return option.isPrinted ? [] : [insertBefore(option, [TIMEOUT])];
  const edit = insertAboveServers(proxy, [TIMEOUT]);
  return edit === null ? [] : [edit];
}
