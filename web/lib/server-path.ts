import { splitServerKey } from "../../server/contract/server-key.ts";

/** The API's path of a server: `api/v1/servers/lb-1/k8s-api/cp-2`. */
export function serverApiPath(key: string): string {
  const names = splitServerKey(key);
  const parts = names === null ? [] : [names.instance, names.backend, names.server];
  return ["api/v1/servers", ...parts.map(encodeURIComponent)].join("/");
}
