import { parseHostPort } from "../targets/host-port.ts";
import { discreetly, type Kind, quoted, right, wrong } from "./field.ts";

/** Where haprobe itself listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8405`, `[::1]:8405` or `localhost:8405`; port 0 takes a free one. A missing host is an error: whether the whole network may read is worth a word. */
export const listenAddress: Kind<ListenAddress> = {
  expected: "an address and a port, such as 127.0.0.1:8405",
  hint: { type: "string", examples: ["127.0.0.1:8405", "0.0.0.0:8405", "[::]:8405"] },
  read(value) {
    const everywhere = /^(?:\*?:)?(\d{1,5})$/.exec(String(value));
    if (everywhere !== null) {
      const port = everywhere[1] ?? "";
      return wrong(
        `is ${quoted(value)} without an address`,
        `write 127.0.0.1:${port} for this machine only, 0.0.0.0:${port} for every IPv4 address, "[::]:${port}" for every address`,
      );
    }
    const endpoint = typeof value === "string" ? parseHostPort(value) : null;
    if (endpoint === null) return wrong(`is ${quoted(value)}`);
    if (endpoint.port === null) return wrong(`is ${quoted(value)} without a port`);
    return right({ host: endpoint.host, port: endpoint.port });
  },
};

/** The address under which people reach the dashboard: http or https, a path if need be, nothing else. Without its last slash. */
export const publicUrl: Kind<string> = {
  expected: "a URL such as https://haprobe.example.org or https://example.org/haprobe",
  hint: { type: "string" },
  read(value) {
    if (typeof value !== "string") return wrong("is no text");
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url === null) return wrong(`is ${quoted(value)}`);
    if (url.username !== "" || url.password !== "")
      return discreetly("holds a user name or password", "leave them out");
    if (url.protocol !== "http:" && url.protocol !== "https:") return wrong(`begins with ${url.protocol}`);
    if (url.search !== "" || url.hash !== "") return wrong("holds a ? or a #");
    return right(url.href.replace(/\/+$/, ""));
  },
};
