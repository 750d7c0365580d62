/** The certificate that haprobe's listener presents. */
export interface ListenerCertificate {
  /** When it expires, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Why the files cannot be used, so that an earlier pair is presented; null where they can. */
  readonly error: string | null;
}
