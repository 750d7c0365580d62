import { constants, createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ListenerCertificate } from "../contract/listener-certificate.ts";
import type { ListenerTls } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { readBounded, ScopedFiles } from "../scoped-files.ts";

/** Forward secrecy and authenticated encryption only; those of TLS 1.3 are all of that kind. */
const CIPHERS = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "@SECLEVEL=2",
].join(":");

/** The content of the files. */
interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
}

/** A pair that can be used. */
interface LoadedPair {
  readonly texts: TlsTexts;
  readonly context: SecureContextOptions;
  readonly expiresAt: number;
}

/** What follows from a check of the files; `clientCaChanged`: earlier connections were verified by other authorities. */
export interface TlsChange {
  readonly context: SecureContextOptions;
  readonly clientCaChanged: boolean;
}

/**
 * The certificate, key and client authorities of the listener, read again every `tlsFilesCheckEveryMs`. Files that cannot
 * be used leave the last good ones in force; they are reported once they are seen so twice, since a pair is replaced one
 * file after the other.
 */
export class TlsFiles {
  readonly #settings: ListenerTls;
  readonly #clock: Clock;
  readonly #files: ScopedFiles;
  readonly #onCheck: (certificate: ListenerCertificate, hasChanged: boolean) => void;
  #pair: LoadedPair;
  #error: string | null = null;
  /** The error of the last check, which is reported if the next one has it too. */
  #seen: string | null = null;
  #apply: (change: TlsChange) => void = () => {};
  #cancel: () => void = () => {};
  #isStopped = false;

  private constructor(parts: Parameters<typeof TlsFiles.load>[0], pair: LoadedPair) {
    this.#settings = parts.settings;
    this.#clock = parts.clock;
    this.#files = parts.files ?? new ScopedFiles();
    this.#onCheck = parts.onCheck;
    this.#pair = pair;
    this.#schedule();
  }

  /** Reads the files; rejects with HAPROBE_LISTENER_TLS_UNUSABLE. `onCheck` gets the outcome of each later check, and whether it differs from the one before. */
  static async load(parts: {
    settings: ListenerTls;
    clock: Clock;
    files?: ScopedFiles;
    onCheck: (certificate: ListenerCertificate, hasChanged: boolean) => void;
  }): Promise<TlsFiles> {
    try {
      return new TlsFiles(parts, toPair(await readTexts(parts.settings, parts.files ?? new ScopedFiles())));
    } catch (cause) {
      throw new HaprobeError("HAPROBE_LISTENER_TLS_UNUSABLE", `tls cannot be used: ${messageOf(cause)}`, { cause });
    }
  }

  /** Options of the secure context in force. */
  get context(): SecureContextOptions {
    return this.#pair.context;
  }

  get certificate(): ListenerCertificate {
    return { expiresAt: this.#pair.expiresAt, error: this.#error };
  }

  /** Sets what applies each change to the server. */
  onContext(apply: (change: TlsChange) => void): void {
    this.#apply = apply;
  }

  /** Reads the files now. Never rejects. */
  async check(): Promise<void> {
    const previous = this.#pair;
    let error: string | null = null;
    try {
      const texts = await readTexts(this.#settings, this.#files);
      if (!isSame(texts, previous.texts)) this.#pair = toPair(texts);
    } catch (cause) {
      error = messageOf(cause);
    }
    const reported = error !== null && error === this.#seen ? error : error === null ? null : this.#error;
    this.#seen = error;
    const hasChanged = this.#pair !== previous;
    if (hasChanged && !this.#isStopped) {
      this.#apply({ context: this.#pair.context, clientCaChanged: this.#pair.texts.ca !== previous.texts.ca });
    }
    const isNews = hasChanged || reported !== this.#error;
    this.#error = reported;
    if (!this.#isStopped) this.#onCheck(this.certificate, isNews);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(BOUNDS.tlsFilesCheckEveryMs, () => {
      void this.check().then(() => {
        if (!this.#isStopped) this.#schedule();
      });
    });
  }
}

/** What keeps a listener from using its files; null for nothing. */
export async function findTlsFault(settings: ListenerTls): Promise<string | null> {
  try {
    toPair(await readTexts(settings, new ScopedFiles()));
    return null;
  } catch (cause) {
    return messageOf(cause);
  }
}

async function readTexts({ certFile, keyFile, clientCaFile }: ListenerTls, files: ScopedFiles): Promise<TlsTexts> {
  const [cert, key, ca] = await Promise.all([
    readText(certFile, files),
    readText(keyFile, files),
    clientCaFile === null ? null : readText(clientCaFile, files),
  ]);
  return { cert, key, ca };
}

async function readText(path: string, files: ScopedFiles): Promise<string> {
  try {
    await using file = await files.open(path);
    return await readBounded(file, BOUNDS.tlsFileMaxBytes);
  } catch (cause) {
    throw new Error(`${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Checks that they belong together; throws with a sentence that holds nothing of the key. */
function toPair(texts: TlsTexts): LoadedPair {
  const certificate = attempt(
    "cert-file does not begin with a certificate in PEM",
    () => new X509Certificate(texts.cert),
  );
  const key = attempt("key-file holds no private key in PEM without a passphrase", () => createPrivateKey(texts.key));
  if (!certificate.checkPrivateKey(key))
    throw new Error("the key in key-file is not that of the certificate in cert-file");
  const { ca } = texts;
  if (ca !== null) attempt("client-ca-file does not begin with a certificate in PEM", () => new X509Certificate(ca));
  const context: SecureContextOptions = {
    cert: texts.cert,
    key: texts.key,
    ...(ca === null ? {} : { ca }),
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // A resumed session would keep the client certificate of an authority that is gone since.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  };
  attempt("OpenSSL refuses the certificate, its key or the authorities", () => createSecureContext(context));
  return { texts, context, expiresAt: Date.parse(certificate.validTo) };
}

function attempt<T>(sentence: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(code === undefined ? sentence : `${sentence} (${code})`, { cause });
  }
}

function isSame(a: TlsTexts, b: TlsTexts): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
