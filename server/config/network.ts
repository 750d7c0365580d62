import { parseMapFrom, parseMapTo, parseUnixSocket } from "../targets/address-map.ts";
import { formatIp, networkAddress, parseCidr } from "../targets/ip.ts";
import { type Kind, quoted, type Reading, readEach, right, wrong } from "./field.ts";

/** The left side of a mapping, in the words of the file. */
export const mapFrom: Kind<string> = {
  expected: 'HAProxy\'s address of a server: 10.0.0.5, "10.0.0.5:80", 10.0.0.0/8 or instance/backend/server',
  hint: { type: "string" },
  read: (value) => readBy(parseMapFrom, value),
};

/** The right side of a mapping, in the words of the file. */
export const mapTo: Kind<string> = {
  expected: 'an address or name, such as 10.0.0.5, web, "web:80", a network such as 10.0.0.0/8, or unix:/run/app.sock',
  hint: { type: "string" },
  read: (value) => (isSocket(value) ? readSocket(value) : readBy(parseMapTo, value)),
};

/** Addresses and networks to which credentials may go. */
export const allow: Kind<readonly string[]> = {
  expected: "a list of addresses or networks, such as [10.0.0.0/8, 192.0.2.7]",
  hint: { type: "array", items: { type: "string" } },
  read: (value) =>
    Array.isArray(value) ? readEach(value, NETWORK, readAllowed) : wrong(`is ${quoted(value)}, not a list`),
};

const NETWORK = "an address or a network, such as 192.0.2.7 or 10.0.0.0/8";

function isSocket(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("unix:");
}

function readSocket(value: string): Reading<string> {
  const remedy = "expected the absolute path of a socket, of at most 107 bytes, such as unix:/run/app.sock";
  return parseUnixSocket(value) === null ? wrong(`is ${quoted(value)}`, remedy) : right(value);
}

function readBy(parse: (text: string) => unknown, value: unknown): Reading<string> {
  if (typeof value !== "string") return wrong(value === undefined ? "is missing" : `is ${quoted(value)}`);
  return parse(value) === null ? wrong(`is ${quoted(value)}`) : right(value);
}

function readAllowed(value: unknown): Reading<string> {
  return isSocket(value) ? readSocket(value) : readNetwork(value);
}

/** An address, or a network by its first address: `10.0.0.7/8` may mean either, so it is neither. */
export function readNetwork(value: unknown): Reading<string> {
  const cidr = typeof value === "string" ? parseCidr(value) : null;
  if (typeof value !== "string" || cidr === null) {
    return wrong(`is ${quoted(value)}`);
  }
  const network = networkAddress(cidr);
  if (network.value === cidr.base.value) return right(value);
  // Whether one host or a whole network was meant decides who is asked, and who gets a token.
  const host = formatIp(cidr.base);
  return wrong(
    `is ${quoted(value)}, a host and a network at once`,
    `write ${host} or ${formatIp(network)}/${cidr.prefix}`,
  );
}
