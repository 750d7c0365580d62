import type { CredentialsPolicy } from "../contract/target.ts";
import type { KeyPair, KeyPairCache } from "./key-pair-cache.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** Why a probe went out without the credentials of its rule. */
export const WITHHELD_REASONS = ["nobody-may-have-them", "peer-not-verified", "unreadable", "malformed"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

const WITHHELD_TEXTS: Readonly<Record<WithheldReason, string>> = {
  "nobody-may-have-them": "allow does not name this address, and no ca-file of the rule verifies it",
  "peer-not-verified": "the rule's ca-file did not verify this server",
  unreadable: "their file cannot be read",
  malformed: "what their file holds is not usable",
};

/** Says to people that a probe went out without credentials. */
export function withheldText(why: WithheldReason): string {
  return `our credentials were withheld: ${WITHHELD_TEXTS[why]}`;
}

/** The secrets of a rule, as far as they may be sent. */
export interface Credentials {
  /** Value of the header `Authorization`. */
  readonly authorization: string | null;
  /** Shown in a TLS handshake. */
  readonly keyPair: KeyPair | null;
  /** Texts that must not be seen in anything that the server echoes. */
  readonly redact: readonly string[];
  /** Why there is less than the rule has; null where nothing is missing. */
  readonly withheld: WithheldReason | null;
}

export const NO_CREDENTIALS: Credentials = { authorization: null, keyPair: null, redact: [], withheld: null };

/** Longer ones are refused by servers; and what is longer is some other file. */
const CREDENTIAL_MAX_CHARS = 16_384;

/** Where secrets are read from. */
export interface CredentialSources {
  readonly files: FileCache;
  readonly keyPairs: KeyPairCache;
}

/** The files that a rule's secrets are in. */
export function credentialFiles(policy: CredentialsPolicy | null): readonly string[] {
  if (policy === null || policy.sendTo === "nobody") return [];
  const { bearerTokenFile, basic, clientCertificate } = policy;
  const header = bearerTokenFile ?? basic?.passwordFile ?? null;
  const pair = clientCertificate === null ? [] : [clientCertificate.certFile, clientCertificate.keyFile];
  return header === null ? pair : [header, ...pair];
}

/** Reads the rule's secrets as their files were when they were looked at last; one that cannot be used takes nothing else along. */
export function readCredentials(policy: CredentialsPolicy | null, sources: CredentialSources): Credentials {
  if (policy === null) return NO_CREDENTIALS;
  if (policy.sendTo === "nobody") return { ...NO_CREDENTIALS, withheld: "nobody-may-have-them" };
  const header = readAuthorizationHeader(policy, sources.files);
  const pair = policy.clientCertificate === null ? null : sources.keyPairs.get(policy.clientCertificate);
  return {
    authorization: header?.kind === "header" ? header.value : null,
    redact: header?.kind === "header" ? header.redact : [],
    keyPair: pair?.kind === "pair" ? pair.pair : null,
    withheld: header?.kind === "unusable" ? header.why : pair?.kind === "unusable" ? pair.why : null,
  };
}

/** Lets secrets through only to whom the policy names: whoever can write HAProxy's stats must not collect them. */
export function permittedCredentials(
  policy: CredentialsPolicy | null,
  secrets: Credentials,
  peerVerifiedByOwnCa: boolean,
): Credentials {
  if (policy === null) return NO_CREDENTIALS;
  switch (policy.sendTo) {
    case "allowed-address":
      return secrets;
    case "verified-peer":
      return peerVerifiedByOwnCa ? secrets : { ...NO_CREDENTIALS, withheld: "peer-not-verified" };
    case "nobody":
      return { ...NO_CREDENTIALS, withheld: "nobody-may-have-them" };
    default:
      return policy.sendTo satisfies never;
  }
}

type AuthorizationHeader =
  | { readonly kind: "header"; readonly value: string; readonly redact: readonly string[] }
  | { readonly kind: "unusable"; readonly why: "unreadable" | "malformed" };

/** Made once for each content of a file and each name: the same text again and again, so that nobody has to put it together anew. */
const headerCache = new WeakMap<FileState, Map<string | null, AuthorizationHeader>>();

function readAuthorizationHeader(
  { bearerTokenFile, basic }: CredentialsPolicy,
  files: FileCache,
): AuthorizationHeader | null {
  const path = bearerTokenFile ?? basic?.passwordFile;
  if (path === undefined) return null;
  const file = files.get(path);
  if (file.kind === "unreadable") return { kind: "unusable", why: "unreadable" };
  const username = bearerTokenFile === null && basic !== null ? basic.username : null;
  const known = headerCache.get(file) ?? new Map<string | null, AuthorizationHeader>();
  headerCache.set(file, known);
  const header =
    known.get(username) ?? (username === null ? bearerHeader(file.text) : basicHeader(username, file.text));
  known.set(username, header);
  return header;
}

/** A token of other than visible ASCII is never sent. */
function bearerHeader(text: string): AuthorizationHeader {
  const token = text.trim();
  if (token.length > CREDENTIAL_MAX_CHARS || !/^[!-~]+$/.test(token)) return { kind: "unusable", why: "malformed" };
  return { kind: "header", value: `Bearer ${token}`, redact: [token] };
}

/** RFC 7617 in UTF-8. A password may begin and end with a space; only the end of its line is taken off. */
function basicHeader(username: string, text: string): AuthorizationHeader {
  const password = text.replace(/\r?\n$/, "");
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const unusable = password === "" || password.length > CREDENTIAL_MAX_CHARS || /[\u0000-\u001f\u007f]/.test(password);
  if (unusable) return { kind: "unusable", why: "malformed" };
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { kind: "header", value: `Basic ${encoded}`, redact: [encoded, password] };
}
