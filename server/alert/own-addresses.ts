import { BlockList, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** True while an interface of this machine that is up has this IP address. */
export function isOwnAddress(address: string): boolean {
  const wanted = new BlockList();
  wanted.addAddress(address, familyOf(address));
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((each) => wanted.check(each.address, familyOf(each.address))),
  );
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
