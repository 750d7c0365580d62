import { z } from "zod";
import { isHostName, parseHostPort } from "../targets/host-port.ts";
import { CONNECTION_HEADERS, headers } from "./headers.ts";

/** Path of a request, with its query: what HTTP can carry as it stands. */
export const requestPath = z
  .string("expected a path that begins with /, such as /readyz")
  .regex(/^\//, {
    error: ({ input }) => (/^\w+:\/\//.test(String(input)) ? "expected the path only" : "write / in front of it"),
    abort: true,
  })
  .regex(/^[!"$-~]{1,2048}$/, "expected printable ASCII without spaces and #; write others as %20");

const HOST = "expected a name or address, such as example.org, example.org:8080 or [::1]";

/** Host header: a name or address, with a port if need be. An IPv6 address stands in brackets there. */
export const hostHeader = z.string(HOST).refine((written) => {
  const endpoint = parseHostPort(written);
  return endpoint !== null && (written.startsWith("[") || !endpoint.host.includes(":"));
}, HOST);

const SERVER_NAME = "expected a DNS name, such as kubernetes";

/** Name for SNI and for verifying the certificate. */
export const serverName = z.string(SERVER_NAME).refine(isHostName, {
  error: ({ input }) =>
    parseHostPort(String(input)) === null || isHostName(parseHostPort(String(input))?.host ?? "")
      ? SERVER_NAME
      : "expected a DNS name: TLS carries no addresses; leave it out and the address is verified",
});

/** The name of a file, relative to the file that names it. */
export const fileName = z.string("expected the name of a file").regex(/^[^\0]+$/, "expected the name of a file");

const DNS_NAME = "expected a name in DNS, such as haproxy.example.org or _stats._tcp.haproxy.example.org";

/** A name to look up, in lower case and without the dot of the root. */
export const dnsName = z.codec(z.string(DNS_NAME), z.string().refine(isHostName, DNS_NAME), {
  decode: (name) => name.replace(/\.$/, "").toLowerCase(),
  encode: (name) => name,
});

const RESERVED = new Set([...CONNECTION_HEADERS, "proxy-connection"]);
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie"]);

/** Further headers of a probe. They go to every server that HAProxy names, so they hold no credentials. */
export const requestHeaders = headers((name) => {
  if (name === "host") return ["is set by another key", "write host: beside headers:"];
  if (RESERVED.has(name)) return ["is set by haprobe", "leave it out"];
  return CREDENTIALS.has(name)
    ? [
        "would be sent to every server that matches",
        "use bearer-token-file, or username and password-file: they go only where allow or ca-file permit",
      ]
    : null;
});
