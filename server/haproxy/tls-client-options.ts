import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { StatsTls } from "../contract/settings.ts";
import type { TlsClientOptions } from "./dial.ts";
import { readSmallFile, unreadableFileError } from "./small-file.ts";

/** Gives what a handshake needs; files are read each time, so that a renewed certificate is taken by the next poll. Rejects with HAPROBE_STATS_FILE_UNREADABLE. */
export type LoadTlsClientOptions = () => Promise<TlsClientOptions>;

/** A context costs milliseconds, so the last one is kept for as long as its files say the same. */
export function createTlsClientOptionsLoader(tls: StatsTls): LoadTlsClientOptions {
  let kept: { readonly mark: string; readonly context: SecureContext } | null = null;
  return async () => {
    const ca = tls.caFile === null ? null : await readCaFile(tls.caFile);
    const cert = tls.clientCertFile === null ? null : await readSmallFile(tls.clientCertFile, "client-cert-file");
    const key = tls.clientKeyFile === null ? cert : await readSmallFile(tls.clientKeyFile, "client-key-file");
    const mark = JSON.stringify([ca, cert, key]);
    if (kept?.mark !== mark) kept = { mark, context: buildSecureContext(ca, cert, key) };
    return { context: kept.context, serverName: tls.serverName, verify: tls.verify };
  };
}

/** Node skips what it cannot read in `ca`, and takes an empty one for the system's authorities: the wrong ones, silently. */
async function readCaFile(path: string): Promise<string> {
  const text = await readSmallFile(path, "ca-file");
  try {
    new X509Certificate(text);
  } catch {
    throw unreadableFileError("ca-file", new Error(`${path} does not begin with a certificate in PEM`));
  }
  return text;
}

function buildSecureContext(ca: string | null, cert: string | null, key: string | null): SecureContext {
  try {
    return createSecureContext({
      ca: ca ?? systemCaCertificates(),
      ...(cert === null || key === null ? {} : { cert, key }),
    });
  } catch (cause) {
    throw unreadableFileError("client-cert-file and client-key-file", cause);
  }
}

/** The machine's authorities; where an image has none, those that came with Node. */
function systemCaCertificates(): string[] {
  const own = getCACertificates("system");
  return [...(own.length > 0 ? own : getCACertificates("bundled")), ...getCACertificates("extra")];
}
