import { isHostName } from "../targets/host-port.ts";
import { type Kind, quoted, right, wrong } from "./field.ts";

/** A name to look up, in lower case and without the dot at its end. */
export const dnsName: Kind<string> = {
  expected: "a name in DNS, such as haproxy.example.org or _stats._tcp.haproxy.example.org",
  hint: { type: "string" },
  read(value) {
    const name = typeof value === "string" ? value.replace(/\.$/, "").toLowerCase() : "";
    return isHostName(name) ? right(name) : wrong(value === undefined ? "is missing" : `is ${quoted(value)}`);
  },
};
