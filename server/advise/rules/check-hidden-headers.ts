import { cureHiddenHeaders, hasHiddenHeaders } from "../hidden-headers-cure.ts";
import { compareVersions } from "../haproxy-version.ts";
import type { Rule } from "../rule.ts";

export const checkHiddenHeaders: Rule = {
  id: "check-hidden-headers",
  severity: "warning",
  why: "Headers behind the version of option httpchk keep HAProxy 3.0 from starting.",
  details:
    "Before 2.2 a header could only be added behind the version, with escaped line ends. From 2.2 on `http-check send` has `hdr` for it; HAProxy warns of the old form, and refuses it from 3.0 on.",
  example: `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

backend app
    option httpchk GET /health HTTP/1.1\\r\\nHost:\\ app.example.org
    server app-1 10.0.0.21:8080 check
`,
  detect: ({ proxies, options: { version } }) => {
    if (version !== null && compareVersions(version, "2.2") < 0) return [];
    return proxies.flatMap((proxy) => {
      const line = proxy.checkOptions.findLast(hasHiddenHeaders)?.line;
      if (line === undefined) return [];
      const isFatal = version !== null && compareVersions(version, "3.0") >= 0;
      const message = "Headers behind the version: HAProxy refuses this from 3.0 on.";
      const severity = isFatal ? ("error" as const) : ("warning" as const);
      return [{ line, word: line.words[4], proxy, severity, message, cure: cureHiddenHeaders(proxy) }];
    });
  },
};
