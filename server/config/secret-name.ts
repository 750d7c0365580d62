/** Replaces a secret. */
export const REDACTED = "<redacted>";

/** Names of headers and of parameters whose values are treated as secrets. */
export const SECRET_NAME = /auth|cookie|token|secret|passw|key|credential|session/i;
