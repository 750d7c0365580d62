import type { Clock } from "../clock.ts";
import type { ListenerTls } from "../contract/settings.ts";
import { TlsFiles } from "../http/tls-files.ts";
import type { FindingDraft } from "../judge/findings.ts";
import { createCertificateFindings } from "../judge/own-findings.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The TLS files of the listener, and what their certificate is reported with. */
export interface WatchedCertificate {
  readonly files: TlsFiles;
  findings(): readonly FindingDraft[];
}

/** Loads the files, and calls `onFindings` at once and when a check of them changes what is to be said. Throws where they cannot be used. */
export async function watchListenerCertificate(
  settings: ListenerTls,
  clock: Clock,
  log: Logger,
  onFindings: (findings: readonly FindingDraft[]) => void,
): Promise<WatchedCertificate> {
  const findings = (): readonly FindingDraft[] => createCertificateFindings(files.certificate, clock.wall());
  let shown = "";
  const report = (): void => {
    const drafts = findings();
    const sentence = drafts[0]?.sentence ?? "";
    if (sentence !== shown) onFindings(drafts);
    shown = sentence;
  };
  const files: TlsFiles = await TlsFiles.load({
    settings,
    clock,
    onCheck({ expiresAt, error }, hasChanged) {
      report();
      if (!hasChanged) return;
      const expires = `expires ${new Date(expiresAt).toISOString()}`;
      if (error === null) log.info({ event: "listener-certificate" }, `the listener's certificate ${expires}`);
      else log.error({ event: "listener-certificate" }, `tls: ${error}; the last good pair stays, it ${expires}`);
    },
  });
  report();
  return { files, findings };
}
