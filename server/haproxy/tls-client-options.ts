import { constants, X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { StatsTls } from "../contract/settings.ts";
import type { TlsClientOptions } from "./dial.ts";
import { SAFE_CIPHERS } from "../safe-ciphers.ts";
import type { ScopedFiles } from "../scoped-files.ts";
import { readSmallFile, unreadableFileError } from "./small-file.ts";

/** Reads the files and returns the TLS options, so that the next poll uses a renewed certificate; rejects with HAPROBE_STATS_FILE_UNREADABLE. */
export type LoadTlsClientOptions = () => Promise<TlsClientOptions>;

/** Caches the secure context while its files are unchanged, since creating one takes milliseconds. */
export function createTlsClientOptionsLoader(tls: StatsTls, files: ScopedFiles): LoadTlsClientOptions {
  let cached: { readonly key: string; readonly context: SecureContext } | null = null;
  return async () => {
    const ca = tls.caFile === null ? null : await readCaFile(tls.caFile, files);
    const read = (path: string, key: string): Promise<string> => readSmallFile(path, key, files);
    const cert = tls.clientCertFile === null ? null : await read(tls.clientCertFile, "client-cert-file");
    const key = tls.clientKeyFile === null ? cert : await read(tls.clientKeyFile, "client-key-file");
    const cacheKey = JSON.stringify([ca, cert, key]);
    if (cached?.key !== cacheKey) cached = { key: cacheKey, context: buildSecureContext(tls.verify, ca, cert, key) };
    return { context: cached.context, serverName: tls.serverName, verify: tls.verify };
  };
}

/** Rejects a file without a certificate: Node ignores unreadable text in `ca`, and trusts the system's CAs for an empty one. */
async function readCaFile(path: string, files: ScopedFiles): Promise<string> {
  const text = await readSmallFile(path, "ca-file", files);
  try {
    new X509Certificate(text);
  } catch {
    throw unreadableFileError("ca-file", new Error(`${path} does not begin with a certificate in PEM`));
  }
  return text;
}

function buildSecureContext(
  verify: boolean,
  ca: string | null,
  cert: string | null,
  key: string | null,
): SecureContext {
  try {
    return createSecureContext({
      ca: ca ?? systemCaCertificates(),
      ciphers: SAFE_CIPHERS,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      ...(cert === null || key === null ? {} : { cert, key }),
      // A TLS 1.2 client sends its certificate before it has verified the server.
      ...(cert !== null && verify ? { minVersion: "TLSv1.3" } : {}),
    });
  } catch (cause) {
    throw unreadableFileError("client-cert-file and client-key-file", cause);
  }
}

/** The system's CA certificates; those bundled with Node where an image has none. */
function systemCaCertificates(): string[] {
  const system = getCACertificates("system");
  return [...(system.length > 0 ? system : getCACertificates("bundled")), ...getCACertificates("extra")];
}
