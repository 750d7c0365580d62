import type { Rule } from "../rule.ts";
import { readAddress } from "../server-address.ts";

export const checkElsewhere: Rule = {
  id: "check-elsewhere",
  severity: "note",
  why: "The check goes to another port or address than the traffic, so a fault of the traffic's port is not seen.",
  details:
    "That is right where the other port speaks for the service, as Patroni's or Keycloak's does, and wrong where it is the port of a process of its own that stays well while the service fails.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h

backend postgres
    option httpchk OPTIONS /master
    http-check expect status 200
    server pg-1 10.0.0.31:5432 check port 8008
`,
  detect: ({ checked }) =>
    checked.flatMap(({ proxy, checks }) => {
      const other = checks.filter(({ server: { options, address }, depth, tracks }) => {
        if (depth === null || depth === "none" || tracks !== null) return false;
        const port = options.get("port")?.value;
        return options.has("addr") || (port !== undefined && port !== String(readAddress(address.text).port));
      });
      const [first] = other;
      if (first === undefined) return [];
      const option = first.server.options.get("addr") ?? first.server.options.get("port");
      const line = option?.line ?? first.server.line;
      const message = "The check goes elsewhere than the traffic: a fault of the traffic's port is not seen.";
      return [{ line, word: option?.word, proxy, checks: other, message, cure: [] }];
    }),
};
