import { z } from "zod";
import { formatHostPort } from "../contract/host-port.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { reject } from "./reject.ts";

/** Where haprobe itself listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const LISTEN = "expected an address and a port, such as 127.0.0.1:8405";

/** `127.0.0.1:8405`, `[::1]:8405` or `localhost:8405`; port 0 takes a free one. The host is required, since it decides which machines may read. */
export const listenAddress = z
  .codec(z.union([z.string(), z.number()], LISTEN), z.custom<ListenAddress>(), {
    decode: (written, payload) => {
      if (/^(\*?:)?\d{1,5}$/.test(String(written))) {
        const message =
          'write 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT for every IPv4 address, "[::]:PORT" for every address';
        return reject(payload, message, "has no address");
      }
      const endpoint = typeof written === "string" ? parseHostPort(written) : null;
      if (endpoint === null) return reject(payload, LISTEN);
      return endpoint.port === null
        ? reject(payload, LISTEN, "has no port")
        : { host: endpoint.host, port: endpoint.port };
    },
    encode: ({ host, port }) => formatHostPort(host, port),
  })
  .meta({ anyOf: [{ type: "string", examples: ["127.0.0.1:8405", "0.0.0.0:8405", "[::]:8405"] }] });

const PUBLIC_URL = "expected a URL such as https://haprobe.example.org or https://example.org/haprobe";

/** The address of the dashboard in a browser: http or https, a path if need be, nothing else. Without its last slash. */
export const publicUrl = z.codec(z.string(PUBLIC_URL), z.string(), {
  decode: (written, payload) => {
    const url = URL.canParse(written) ? new URL(written) : null;
    if (url === null) return reject(payload, PUBLIC_URL, "is no URL");
    if (url.username !== "" || url.password !== "") {
      return reject(payload, "leave them out", "holds a user name or password");
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return reject(payload, PUBLIC_URL, "does not begin with http: or https:");
    }
    if (url.search !== "" || url.hash !== "") return reject(payload, PUBLIC_URL, "holds a ? or a #");
    return url.href.replace(/\/+$/, "");
  },
  encode: (url) => url,
});
