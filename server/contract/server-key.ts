/** Name of a stats endpoint that is polled: `[a-z0-9][a-z0-9.-]{0,62}`, unique in the configuration. */
export type InstanceName = string;

/** `instance/backend/server`. An instance and a server never hold a `/`, a backend's name may (HAProxy 3.5). */
export type ServerKey = string;

/** The names of a server; `site`, `instance`, `backend` and `server` together identify it across sites. */
export interface ServerName {
  readonly key: ServerKey;
  readonly site: string;
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
}

/** Joins the three names to the key that identifies a server everywhere. */
export function serverKey(instance: InstanceName, backend: string, server: string): ServerKey {
  return `${instance}/${backend}/${server}`;
}

/** Splits a key at its first and at its last `/`; null for a text that is no key. */
export function splitServerKey(key: ServerKey): { instance: InstanceName; backend: string; server: string } | null {
  const first = key.indexOf("/");
  const last = key.lastIndexOf("/");
  if (first <= 0 || last <= first + 1 || last === key.length - 1) return null;
  return { instance: key.slice(0, first), backend: key.slice(first + 1, last), server: key.slice(last + 1) };
}
