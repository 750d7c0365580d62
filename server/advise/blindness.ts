import { checkOptionInForce, type Proxy } from "./proxies.ts";

/** Why a check that could have looked does not; `none` for one that was never meant to. */
export type BlindnessCause = "overridden" | "rules-ignored" | "tcp-check-empty" | "none";

export function causeOfBlindness(proxy: Proxy): BlindnessCause {
  const option = checkOptionInForce(proxy);
  if (option !== null && option.name !== "httpchk" && isReplaced(proxy)) return "overridden";
  if (proxy.ownHttpRules.length > 0 && option?.name !== "httpchk") return "rules-ignored";
  return option?.name === "tcp-check" ? "tcp-check-empty" : "none";
}

/** An option of the section's own is meant to replace that of its `defaults`. */
function isReplaced({ checkOptions }: Proxy): boolean {
  const last = checkOptions.at(-1);
  return checkOptions.some(({ name, isOwn }) => name === "httpchk" && isOwn === last?.isOwn);
}
