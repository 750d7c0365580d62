import { createSecureContext } from "node:tls";
import { z } from "zod";
import type { TlsParameters, TlsVersion } from "../contract/target.ts";
import { mapping } from "./mapping.ts";
import { reject } from "./reject.ts";
import { flag } from "./scalars.ts";

const CIPHERS = "expected a list of ciphers in OpenSSL's form, such as DEFAULT@SECLEVEL=0";

/** YAML reads 1.2 as a number, and 1.0 as 1. */
const version = z.codec(
  z.union([z.literal(["1.0", "1.1", "1.2", "1.3"]), z.literal([1, 1.1, 1.2, 1.3])], "expected 1.0, 1.1, 1.2 or 1.3"),
  z.enum(["1.0", "1.1", "1.2", "1.3"]),
  {
    decode: (written): TlsVersion => (written === 1 ? "1.0" : (String(written) as TlsVersion)),
    encode: (decoded) => decoded,
  },
);

/** OpenSSL checks the list itself, so that a wrong one is an error of the file and not of each probe. */
const ciphers = z.codec(z.string(CIPHERS).regex(/^[\w@=:!+.,-]{1,1024}$/, CIPHERS), z.string(), {
  decode: (written, payload) => (isValidCipherList(written) ? written : reject(payload, CIPHERS)),
  encode: (decoded) => decoded,
});

function isValidCipherList(list: string): boolean {
  try {
    createSecureContext({ ciphers: list });
    return true;
  } catch {
    return false;
  }
}

/** What a rule's TLS handshake offers. */
export const tlsParameters = mapping({
  minVersion: version.describe("The lowest version of TLS; 1.0 and 1.1 need @SECLEVEL=0 in ciphers.").optional(),
  ciphers: ciphers.describe("Ciphers and security level in OpenSSL's form.").optional(),
});

const DEFAULT_PARAMETERS: TlsParameters = { minVersion: null, ciphers: null };

/** `true`, `false`, or what the handshake offers, which means TLS; null: no TLS. */
export const tlsOrFlag = z.codec(
  z.union([flag(), tlsParameters], "expected true, false, or a mapping with min-version and ciphers"),
  z.custom<TlsParameters | null>(),
  {
    decode: (written) => (written === true ? DEFAULT_PARAMETERS : written === false ? null : written),
    encode: (tls) => (tls === null ? false : tls.minVersion === null && tls.ciphers === null ? true : tls),
  },
);
