import { z } from "zod";
import { parseMapFrom, parseMapTo, parseUnixSocket } from "../targets/address-map.ts";
import { networkAddress, parseCidr } from "../targets/ip.ts";
import { BOUNDS } from "../bounds.ts";
import { mapping } from "./mapping.ts";

const FROM = 'expected HAProxy\'s address of a server: 10.0.0.5, "10.0.0.5:80", 10.0.0.0/8 or instance/backend/server';
const TO =
  'expected an address or name, such as 10.0.0.5, web, "web:80", a network such as 10.0.0.0/8, or unix:/run/app.sock';
const SOCKET = "expected the absolute path of a socket, of at most 107 bytes, such as unix:/run/app.sock";
const EVERYONE = "expected the networks of your proxies: this one would trust every client";
const NETWORK = "expected an address or a network, such as 192.0.2.7 or 10.0.0.0/8";

/** One line of `address-map:`. */
export const addressMapping = mapping({
  from: z
    .string(FROM)
    .refine((from) => parseMapFrom(from) !== null, FROM)
    .describe("HAProxy's address of a server: an address, address:port, network or instance/backend/server."),
  to: z
    .string(TO)
    .refine((to) => parseMapTo(to) !== null, { error: ({ input }) => (isSocket(input) ? SOCKET : TO) })
    .describe("Where that server is from here. Without a port HAProxy's stays; a network keeps the host's bits."),
});

/** Addresses, networks and sockets to which credentials may go. */
export const allow = z.array(
  z.string(NETWORK).superRefine((item, context) => {
    const error = isSocket(item) ? socketError(item) : networkError(item);
    if (error !== null) context.addIssue({ code: "custom", message: error });
  }),
  "expected a list of addresses or networks, such as [10.0.0.0/8, 192.0.2.7]",
);

/** Networks of proxies, and `unix` for the peers of a UNIX socket. */
export const trustedProxies = z
  .array(
    z.string(NETWORK).superRefine((item, context) => {
      const error = item === "unix" ? null : item.endsWith("/0") ? EVERYONE : networkError(item);
      if (error !== null) context.addIssue({ code: "custom", message: error });
    }),
    "expected a list of addresses or networks, such as [10.0.0.5], or [unix]",
  )
  .max(BOUNDS.trustedProxiesMax);

/** What to write instead of this network; null if it is right. `10.0.0.7/8` may mean a host or a network, and that decides which servers get a token. */
export function networkError(text: string): string | null {
  const cidr = parseCidr(text);
  if (cidr === null) return NETWORK;
  return networkAddress(cidr).value === cidr.base.value
    ? null
    : "expected either one address, without /, or a network whose host bits are zero, such as 10.0.0.0/8";
}

function isSocket(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("unix:");
}

function socketError(text: string): string | null {
  return parseUnixSocket(text) === null ? SOCKET : null;
}
