import type { z } from "zod";
import type { StatsLogin, StatsPage } from "../contract/settings.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { reject } from "./reject.ts";

const URL_PARTS = /^(https?):\/\/(?:([^/?#]*)@)?([^/?#@]*)(.*)$/s;
/** Options of the stats page that leave rows out or change their form. */
const UNSUPPORTED_OPTIONS = [";up", ";no-maint", ";json", ";typed"];
const ENCODING = "in a user, password or path write % as %25, @ as %40, / as %2F and ? as %3F";
const EXPECTED = "expected http://user@host:8404/stats, as stats uri says it";

/** Reads the URL of a stats page; a user and a password in it are percent-encoded. */
export function parseStatsUrl(text: string, payload: z.core.ParsePayload): StatsPage {
  const [, scheme = "", userinfo, authority = "", path = ""] = URL_PARTS.exec(text) ?? [];
  const endpoint = parseHostPort(authority.replace(/:$/, ""));
  // An @ that is not encoded leaves open where the password ends.
  if (userinfo?.includes("@") === true) return reject(payload, ENCODING, "has an @ in its user or password");
  // A / or ? in a password would begin the path, which is no secret.
  if (path.includes("@")) return reject(payload, ENCODING, "has an @ after its host");
  if (endpoint === null) return reject(payload, EXPECTED, "holds no host");
  if (endpoint.port === 0) return reject(payload, EXPECTED, "has the port 0");
  if (!/^[!"$-~]{0,1024}$/.test(path)) {
    return reject(payload, "expected printable ASCII without spaces and #", "has a path that no request can carry");
  }
  const option = UNSUPPORTED_OPTIONS.find((each) => path.split(/(?=[;?&])/).includes(each));
  if (option !== undefined) {
    return reject(payload, "leave that out: haprobe asks for the CSV of all servers by itself", `asks for ${option}`);
  }
  return {
    kind: "page",
    host: endpoint.host,
    port: endpoint.port ?? (scheme === "https" ? 443 : 80),
    path: path.startsWith("/") ? path : `/${path}`,
    login: userinfo === undefined ? null : parseUserinfo(userinfo, payload),
    headers: {},
    tls: scheme === "https" ? DEFAULT_TLS : null,
  };
}

function parseUserinfo(text: string, payload: z.core.ParsePayload): StatsLogin {
  const [, user = "", password = ""] = /^([^:]*):?(.*)$/s.exec(text) ?? [];
  try {
    if (user !== "") {
      return { user: decodeURIComponent(user), password: { kind: "text", text: decodeURIComponent(password) } };
    }
  } catch {
    // A % without two digits behind it is refused below.
  }
  return reject(payload, ENCODING, "has a user or password that cannot be decoded");
}
