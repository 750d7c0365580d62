import { z } from "zod";
import { formatListenAddress, type ListenAddress } from "../contract/listen.ts";
import { parseUnixSocket } from "../targets/address-map.ts";
import { parseHostPort } from "../targets/host-port.ts";
import { reject } from "./reject.ts";

const LISTEN = "expected an address and a port, such as 127.0.0.1:8405, or unix:/run/haprobe/haprobe.sock";
const SOCKET = "expected the absolute path of a socket, of at most 107 bytes, such as unix:/run/haprobe/haprobe.sock";

/** `127.0.0.1:8405`, `[::1]:8405`, `localhost:8405` or `unix:/path`; port 0 takes a free one. The host is required, since it decides which machines may read. */
export const listenAddress = z
  .codec(z.union([z.string(), z.number()], LISTEN), z.custom<ListenAddress>(), {
    decode: (written, payload) => {
      if (/^(\*?:)?\d{1,5}$/.test(String(written))) {
        const message =
          'write 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT for every IPv4 address, "[::]:PORT" for every address';
        return reject(payload, message, "has no address");
      }
      if (typeof written === "string" && written.startsWith("unix:")) {
        const path = parseUnixSocket(written);
        return path === null ? reject(payload, SOCKET) : { path };
      }
      const endpoint = typeof written === "string" ? parseHostPort(written) : null;
      if (endpoint === null) return reject(payload, LISTEN);
      return endpoint.port === null
        ? reject(payload, LISTEN, "has no port")
        : { host: endpoint.host, port: endpoint.port };
    },
    encode: formatListenAddress,
  })
  .meta({ anyOf: [{ type: "string", examples: ["127.0.0.1:8405", "[::]:8405", "unix:/run/haprobe/haprobe.sock"] }] });

const MODE = "expected permissions in octal, such as 660";

/** Permission bits of a socket, written in octal with or without a leading zero. */
export const socketMode = z
  .codec(z.union([z.string(), z.number()], MODE), z.number(), {
    decode: (written, payload) =>
      /^0?[0-7]{3}$/.test(String(written)) ? Number.parseInt(String(written), 8) : reject(payload, MODE),
    encode: (mode) => Number(mode.toString(8)),
  })
  .meta({
    anyOf: [
      { type: "integer", examples: [660] },
      { type: "string", pattern: "^0?[0-7]{3}$|\\$\\{" },
    ],
  });

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
