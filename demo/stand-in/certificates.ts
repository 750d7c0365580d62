import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A certificate with its key and the CA that signed it, all PEM. */
export interface CertificatePem {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Content of a certificate. */
export interface CertificateOptions {
  /** DNS names and IP addresses; the first is the common name. */
  readonly names: readonly string[];
  /** It expired a day ago. */
  readonly expired?: boolean;
}

/** Signs certificates with its own CA; keys stay in memory. */
export interface CertificateAuthority {
  readonly ca: string;
  issue(options: CertificateOptions): Promise<CertificatePem>;
}

/** Creates a CA with this common name. */
export async function createAuthority(name = "haprobe stand-in CA"): Promise<CertificateAuthority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() + 365 * DAY),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const ca = certificate.toString("pem");
  return {
    ca,
    async issue({ names, expired = false }) {
      const own = await newKeys();
      const signed = await x509.X509CertificateGenerator.create({
        serialNumber: newSerial(),
        subject: `CN=${names[0] ?? "stand-in"}`,
        issuer: certificate.subject,
        notBefore: new Date(Date.now() - (expired ? 7 * DAY : 5 * MINUTE)),
        notAfter: new Date(Date.now() + (expired ? -1 : 30) * DAY),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false),
          new x509.ExtendedKeyUsageExtension([
            x509.ExtendedKeyUsage.serverAuth,
            x509.ExtendedKeyUsage.clientAuth,
          ] as string[]),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value })),
          ),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return { cert: signed.toString("pem"), key: await keyToPem(own.privateKey), ca };
    },
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** A positive serial number: two certificates of one issuer must not share one. */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(12));
  return `01${Buffer.from(bytes).toString("hex")}`;
}

async function keyToPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
