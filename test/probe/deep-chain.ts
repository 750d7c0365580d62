import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" } as const;

/** A certificate for 127.0.0.1 below a chain of this many others, all with keys that take long to verify with; PEM. */
export async function makeDeepChain(length: number): Promise<{ readonly cert: string; readonly key: string }> {
  x509.cryptoProvider.set(webcrypto);
  const certificates: string[] = [];
  let above = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  for (let n = length; n >= 0; n -= 1) {
    const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: `${n + 10}`,
      subject: `CN=${n}`,
      issuer: `CN=${n + 1}`,
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 86_400_000),
      publicKey: own.publicKey,
      signingKey: above.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [new x509.BasicConstraintsExtension(n > 0)],
    });
    certificates.unshift(certificate.toString("pem"));
    above = own;
  }
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", above.privateKey), "PRIVATE KEY");
  return { cert: certificates.join("\n"), key };
}
