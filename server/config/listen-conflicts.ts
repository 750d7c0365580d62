import { isMapping } from "./document.ts";
import type { KeyConflict } from "./probe-conflicts.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Keys that contradict where haprobe listens. */
export function findListenConflicts({ listen, tls }: Mapping): KeyConflict[] {
  if (tls === undefined || typeof listen !== "string" || !listen.startsWith("unix:")) return [];
  return [
    { path: ["tls"], message: "is there beside a UNIX socket, which speaks plain HTTP; leave one of the two out" },
  ];
}

function entriesOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** Ways to come in that nothing can take. */
export function findAuthConflicts({
  auth,
  tls,
  "trusted-proxies": proxies,
  "public-url": publicUrl,
}: Mapping): KeyConflict[] {
  if (!isMapping(auth)) return [];
  const asksForCertificates = isMapping(tls) && "client-ca-file" in tls;
  const trusts = entriesOf(proxies) > 0;
  return [
    ...("oidc" in auth && publicUrl === undefined
      ? [{ path: ["auth", "oidc"], message: "needs public-url, to which the provider sends users back" }]
      : []),
    ...("proxy" in auth && !trusts
      ? [{ path: ["auth", "proxy"], message: "has no effect without trusted-proxies; name the networks of the proxy" }]
      : []),
    ...(entriesOf(auth.certificates) > 0 && !asksForCertificates
      ? [{ path: ["auth", "certificates"], message: "has no effect without tls.client-ca-file; name the authorities" }]
      : []),
  ];
}
