import type { ServerStatus } from "../contract/status.ts";
import { formatSpan } from "../contract/quantity-text.ts";
import type { NoticeDraft } from "./notices.ts";

/** The notice of a server whose certificate expires within `withinMs`; null for any other. `now` is milliseconds since 1970. */
export function certificateNotice(server: ServerStatus, withinMs: number, now: number): NoticeDraft | null {
  const { certificateExpiresAt } = server.probe;
  const expiresAt = certificateExpiresAt === null ? Number.NaN : Date.parse(certificateExpiresAt);
  if (Number.isNaN(expiresAt) || expiresAt - now > withinMs) return null;
  const { site, instance, backend, server: name } = server;
  const when =
    expiresAt > now ? `expires in ${formatSpan(expiresAt - now)}` : `expired ${formatSpan(now - expiresAt)} ago`;
  return {
    name: "certificate-expiring",
    site,
    instance,
    backend,
    server: name,
    sentence: `The certificate of ${name} (${backend}) ${when}`,
    advice: `Renew it before ${certificateExpiresAt}.`,
    since: expiresAt - withinMs,
  };
}
