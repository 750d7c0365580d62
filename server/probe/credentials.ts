import type { CredentialsPolicy } from "../contract/target.ts";
import type { KeyPair, KeyPairCache } from "./key-pair-cache.ts";
import { secretForms, sortForms } from "./redaction.ts";
import type { FileState, FileCache } from "./file-cache.ts";

/** Why a probe was sent without the credentials of its rule. */
export const WITHHELD_REASONS = ["not-allowed", "peer-not-verified", "unreadable", "malformed"] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

const WITHHELD_TEXTS: Readonly<Record<WithheldReason, string>> = {
  "not-allowed": "allow does not name this address, and the rule has no ca-file with server-name or host",
  "peer-not-verified": "the rule's ca-file did not verify this server",
  unreadable: "the file cannot be read",
  malformed: "the file's content is not usable",
};

/** One sentence for the operator. */
export function withheldText(reason: WithheldReason): string {
  return `our credentials were withheld: ${WITHHELD_TEXTS[reason]}`;
}

/** The credentials of a rule that may be sent. */
export interface Credentials {
  /** Value of the header `Authorization`; null for none. */
  readonly authorization: string | null;
  /** Client certificate for the TLS handshake; null for none. */
  readonly keyPair: KeyPair | null;
  /** The forms of secrets that are redacted from everything the server sends, longest first. */
  readonly redact: readonly string[];
  /** Why some are missing; null where none are. */
  readonly withheld: WithheldReason | null;
}

export const NO_CREDENTIALS: Credentials = { authorization: null, keyPair: null, redact: [], withheld: null };

/** Servers refuse longer ones, and a longer file holds something else. */
const CREDENTIAL_MAX_CHARS = 16_384;

/** The caches that credentials are read from. */
export interface CredentialSources {
  readonly files: FileCache;
  readonly keyPairs: KeyPairCache;
}

/** The files that a rule's credentials are read from. */
export function credentialFiles(policy: CredentialsPolicy | null): readonly string[] {
  if (policy === null || policy.sendTo === "never") return [];
  const { bearerTokenFile, basic, clientCertificate } = policy;
  const header = bearerTokenFile ?? basic?.passwordFile ?? null;
  const pair = clientCertificate === null ? [] : [clientCertificate.certFile, clientCertificate.keyFile];
  return header === null ? pair : [header, ...pair];
}

/** Reads the rule's credentials from cached files; an unusable one does not affect the others. */
export function readCredentials(policy: CredentialsPolicy | null, sources: CredentialSources): Credentials {
  if (policy === null) return NO_CREDENTIALS;
  if (policy.sendTo === "never") return { ...NO_CREDENTIALS, withheld: "not-allowed" };
  const header = readAuthorizationHeader(policy, sources.files);
  const pair = policy.clientCertificate === null ? null : sources.keyPairs.get(policy.clientCertificate);
  return {
    authorization: header?.kind === "header" ? header.value : null,
    redact: header?.kind === "header" ? header.redact : [],
    keyPair: pair?.kind === "pair" ? pair.pair : null,
    withheld: header?.kind === "unusable" ? header.reason : pair?.kind === "unusable" ? pair.reason : null,
  };
}

/** Applies the policy: HAProxy's stats choose the addresses, so they must not be able to collect credentials. */
export function permittedCredentials(
  policy: CredentialsPolicy | null,
  credentials: Credentials,
  peerVerifiedByOwnCa: boolean,
): Credentials {
  if (policy === null) return NO_CREDENTIALS;
  switch (policy.sendTo) {
    case "allowed-address":
      return credentials;
    case "verified-peer":
      return peerVerifiedByOwnCa ? credentials : { ...NO_CREDENTIALS, withheld: "peer-not-verified" };
    case "never":
      return { ...NO_CREDENTIALS, withheld: "not-allowed" };
    default:
      return policy.sendTo satisfies never;
  }
}

type AuthorizationHeader =
  | { readonly kind: "header"; readonly value: string; readonly redact: readonly string[] }
  | { readonly kind: "unusable"; readonly reason: "unreadable" | "malformed" };

/** Headers by file content and username, so that each is built once. */
const headerCache = new WeakMap<FileState, Map<string | null, AuthorizationHeader>>();

function readAuthorizationHeader(
  { bearerTokenFile, basic }: CredentialsPolicy,
  files: FileCache,
): AuthorizationHeader | null {
  const path = bearerTokenFile ?? basic?.passwordFile;
  if (path === undefined) return null;
  const file = files.get(path);
  if (file.kind === "unreadable") return { kind: "unusable", reason: "unreadable" };
  const username = bearerTokenFile === null && basic !== null ? basic.username : null;
  const known = headerCache.get(file) ?? new Map<string | null, AuthorizationHeader>();
  headerCache.set(file, known);
  const header =
    known.get(username) ?? (username === null ? bearerHeader(file.text) : basicHeader(username, file.text));
  known.set(username, header);
  return header;
}

/** A token is sent only if it is visible ASCII. */
function bearerHeader(text: string): AuthorizationHeader {
  const token = text.trim();
  if (token.length > CREDENTIAL_MAX_CHARS || !/^[!-~]+$/.test(token)) return { kind: "unusable", reason: "malformed" };
  return { kind: "header", value: `Bearer ${token}`, redact: secretForms(token) };
}

/** RFC 7617 in UTF-8. A password may begin and end with a space; only the line ending is removed. */
function basicHeader(username: string, text: string): AuthorizationHeader {
  const password = text.replace(/\r?\n$/, "");
  // oxlint-disable-next-line no-control-regex -- control characters are what it rejects
  const unusable = password === "" || password.length > CREDENTIAL_MAX_CHARS || /[\u0000-\u001f\u007f]/.test(password);
  if (unusable) return { kind: "unusable", reason: "malformed" };
  const encoded = Buffer.from(`${username}:${password}`, "utf8").toString("base64");
  return { kind: "header", value: `Basic ${encoded}`, redact: sortForms([encoded, ...secretForms(password)]) };
}
