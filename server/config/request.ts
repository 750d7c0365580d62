import { isHostName, parseHostPort } from "../targets/host-port.ts";
import {
  discreetly,
  isMapping,
  type Kind,
  type Problem,
  quoted,
  type Reading,
  readEntries,
  right,
  wrong,
} from "./field.ts";
import { text } from "./scalars.ts";

/** Path of a request, with its query: what HTTP can carry as it stands. */
export const requestPath: Kind<string> = {
  expected: "a path that begins with /, such as /readyz",
  hint: { type: "string", pattern: "^(/|\\$\\{)" },
  read(value) {
    const reading = text("", /^/).read(value);
    if (reading.kind === "wrong") return reading;
    const path = reading.value;
    if (!path.startsWith("/")) {
      return wrong(
        `is ${quoted(path)}`,
        /^\w+:\/\//.test(path) ? "expected the path only" : `write ${quoted(`/${path}`)}`,
      );
    }
    if (!/^[!-~]{1,2048}$/.test(path) || path.includes("#")) {
      return wrong(`is ${quoted(path)}`, "expected printable ASCII without spaces and #; write others as %20");
    }
    return right(path);
  },
};

/** Host header: a name or address, with a port if need be. */
export const hostHeader: Kind<string> = {
  expected: "a name or address, such as example.org, example.org:8080 or [::1]",
  hint: { type: "string" },
  read(value) {
    const endpoint = typeof value === "string" ? parseHostPort(value) : null;
    // An IPv6 address stands in brackets in a header, with a port or without.
    const bare = endpoint?.host.includes(":") && !String(value).startsWith("[");
    return typeof value !== "string" || endpoint === null || bare ? wrong(`is ${quoted(value)}`) : right(value);
  },
};

/** Name for SNI and for verifying the certificate. */
export const serverName: Kind<string> = {
  expected: "a DNS name, such as kubernetes",
  hint: { type: "string" },
  read(value) {
    if (typeof value !== "string" || isHostName(value)) {
      return typeof value === "string" ? right(value) : wrong(`is ${quoted(value)}`);
    }
    const address = parseHostPort(value);
    const remedy = "expected a DNS name: TLS carries no addresses; leave it out and the address is verified";
    return address !== null && !isHostName(address.host)
      ? wrong(`is ${quoted(value)}`, remedy)
      : wrong(`is ${quoted(value)}`);
  },
};

/** A file by name; what it holds is read by whoever needs it. */
export const fileName: Kind<string> = {
  expected: "the name of a file",
  hint: { type: "string" },
  read(value) {
    if (typeof value !== "string" || value === "") return wrong(value === "" ? "is empty" : `is ${quoted(value)}`);
    return value.includes("\0") ? wrong("holds a zero byte") : right(value);
  },
};

/** Headers that would carry a secret to whoever HAProxy's stats name. */
const SECRET_HEADERS = new Set(["authorization", "proxy-authorization", "cookie"]);
/** Headers that belong to the connection or that are made from other keys. */
const RESERVED_HEADERS = new Set([
  "host",
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "proxy-connection",
]);

/** Further headers of a request. Their values are never repeated in messages. */
export const headers: Kind<Readonly<Record<string, string>>> = {
  expected: "a mapping of header names to texts",
  hint: { type: "object", additionalProperties: { type: ["string", "number"] } },
  read(value) {
    const reading = readEntries(value, "one line of printable ASCII", readHeader);
    const twice = isMapping(value) ? duplicateHeaders(Object.keys(value)) : [];
    if (twice.length === 0) return reading;
    return { kind: "wrong", problems: [...(reading.kind === "wrong" ? reading.problems : []), ...twice] };
  },
};

function readHeader(name: string, value: unknown): Reading<string> {
  const lower = name.toLowerCase();
  if (!/^[a-z][a-z0-9!#$%&'*+.^_`|~-]{0,99}$/i.test(name)) {
    return discreetly("is no name of a header", "expected letters, digits and -, a letter first");
  }
  if (lower === "host") return discreetly("is set by another key", "write host: beside headers:");
  if (RESERVED_HEADERS.has(lower)) return discreetly("is set by haprobe", "leave it out");
  if (SECRET_HEADERS.has(lower)) {
    const remedy = "use bearer-token-file, or username and password-file: they go only where allow or ca-file permit";
    return discreetly("would be sent to every server that matches", remedy);
  }
  if (typeof value !== "string" && typeof value !== "number") return wrong("is no text");
  // RFC 9110: visible characters, space and tab; Latin-1 is obsolete and depends on the reader.
  return /^[\t -~]{0,4096}$/.test(String(value))
    ? right(String(value).trim())
    : wrong("holds a line break or a character outside ASCII");
}

/** `X-A` and `x-a` are one header. */
function duplicateHeaders(names: readonly string[]): Problem[] {
  const lower = names.map((name) => name.toLowerCase());
  return names
    .filter((_, i) => lower.indexOf(lower[i] ?? "") < i)
    .map((name) => ({ wrong: "is there twice", remedy: "keep one of the two", discreet: true, path: [name] }));
}
