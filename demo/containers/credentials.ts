import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CERTIFICATE_NAME } from "../backends.ts";
import { createAuthority } from "../stand-in/certificates.ts";

/** Names of the files that the containers share. */
export const CREDENTIALS = {
  ca: "ca.pem",
  certificate: "server.pem",
  key: "server.key",
  token: "token",
  webhookSecret: "webhook.secret",
  /** Written last: its presence says that all of them are complete. */
  complete: "complete",
} as const;

/** Writes a CA, the certificate of the servers, their token and the secret of the webhook into the folder, once. */
export async function writeCredentials(folder: string): Promise<void> {
  const path = (name: string): string => join(folder, name);
  mkdirSync(folder, { recursive: true });
  if (existsSync(path(CREDENTIALS.complete))) return;
  const authority = await createAuthority("haprobe demo CA");
  const { cert, key } = await authority.issue({ names: [CERTIFICATE_NAME] });
  writeFileSync(path(CREDENTIALS.ca), authority.ca, { mode: 0o644 });
  writeFileSync(path(CREDENTIALS.certificate), cert, { mode: 0o644 });
  writeFileSync(path(CREDENTIALS.key), key, { mode: 0o600 });
  writeFileSync(path(CREDENTIALS.token), randomBytes(24).toString("base64url"), { mode: 0o600 });
  writeFileSync(path(CREDENTIALS.webhookSecret), `whsec_${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  // HAProxy reads the CA as another user.
  chmodSync(folder, 0o755);
  writeFileSync(path(`.${CREDENTIALS.complete}`), "");
  renameSync(path(`.${CREDENTIALS.complete}`), path(CREDENTIALS.complete));
}
