import type { StatsLogin, StatsPage } from "../contract/settings.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { DEFAULT_TLS } from "./defaults.ts";
import { discreetly, type Reading, right } from "./field.ts";

const URL_PARTS = /^(https?):\/\/(?:([^/?#]*)@)?([^/?#@]*)(.*)$/s;
/** What HAProxy takes for a wish to leave rows out, or to write them in another form. */
const UNSUPPORTED_OPTIONS = [";up", ";no-maint", ";json", ";typed"];
const EXPECTED = "expected http://user@host:8404/stats, as stats uri says it";

/** The URL of a stats page. A user and a password in it are percent-encoded where need be; nothing of it is repeated in a complaint. */
export function parseStatsUrl(text: string): Reading<StatsPage> {
  const [, scheme = "", userinfo, place = "", path = ""] = URL_PARTS.exec(text) ?? [];
  const endpoint = parseHostPort(place.replace(/:$/, ""));
  if (endpoint === null) return discreetly("holds no host", EXPECTED);
  if (endpoint.port === 0) return discreetly("has the port 0", EXPECTED);
  if (!/^[!-~]*$/.test(path) || path.length > 1_024 || path.includes("#")) {
    return discreetly("has a path that no request can carry", "expected printable ASCII without spaces and #");
  }
  const spoiling = UNSUPPORTED_OPTIONS.find((word) => path.split(/(?=[;?&])/).includes(word));
  if (spoiling !== undefined) {
    return discreetly(`asks for ${spoiling}`, "leave that out: haprobe asks for the CSV of all servers by itself");
  }
  const login = userinfo === undefined ? null : readUserinfo(userinfo);
  if (login === "wrong") {
    return discreetly("has a user or password that cannot be decoded", "write % as %25, @ as %40 and / as %2F");
  }
  return right({
    kind: "page",
    host: endpoint.host,
    port: endpoint.port ?? (scheme === "https" ? 443 : 80),
    path: path.startsWith("/") ? path : `/${path}`,
    login,
    headers: {},
    tls: scheme === "https" ? DEFAULT_TLS : null,
  });
}

function readUserinfo(text: string): StatsLogin | "wrong" {
  const colon = text.indexOf(":");
  try {
    const user = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
    const password = colon < 0 ? "" : decodeURIComponent(text.slice(colon + 1));
    return user === "" ? "wrong" : { user, password: { kind: "text", text: password } };
  } catch {
    return "wrong";
  }
}
