import { cureHealthCheck } from "../health-check-cure.ts";
import type { JudgedCheck, Rule } from "../rule.ts";
import { isRequestRight } from "../wanted-check.ts";

export const checkRequest: Rule = {
  id: "check-request",
  severity: "error",
  why: "The check's request is one that a healthy server refuses: another method than GET, a path that is not a health path, or HTTP/1.1 without Host.",
  details:
    "A kube-apiserver grants GET on `/readyz`, `/livez` and `/healthz` alone. `option httpchk` sends `OPTIONS /`, `option httpchk /readyz` sends OPTIONS, and HEAD, POST and a trailing slash get 403 as well: HAProxy takes healthy servers DOWN, and an expectation that lets the 403 pass takes dead ones for UP while they start. Go and Node.js answer an HTTP/1.1 request without Host with 400.",
  example: `defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout check 5s

backend apiserver
    option httpchk /readyz
    http-check expect status 200
    server cp-1 10.0.0.11:6443 check check-ssl verify none
`,
  detect: ({ checked, options }) =>
    checked.flatMap(({ proxy, checks }) => {
      const wrong = checks.filter(isWrong);
      const [first] = wrong;
      if (first?.request == null || first.option === null) return [];
      const send = proxy.ownHttpRules.find(({ action }) => action === "send");
      const line = send?.line ?? first.option.line;
      const message = describe(first);
      return [
        { line, word: line.words[0], proxy, checks: wrong, message, cure: cureHealthCheck(options, proxy, wrong) },
      ];
    }),
};

function isWrong({ request, kind, option, tracks }: JudgedCheck): boolean {
  if (request === null || option?.name !== "httpchk" || tracks !== null) return false;
  return request.isKnown && !isLost(request) && !isRequestRight(request, kind);
}

function isLost({ method, uri, version }: NonNullable<JudgedCheck["request"]>): boolean {
  return method === null && uri === null && version !== null;
}

function describe({ request, kind }: JudgedCheck): string {
  const method = request?.method ?? "OPTIONS";
  const uri = request?.uri ?? "/";
  if (request?.version === "HTTP/1.1" && request.host === null) {
    return `${method} ${uri} in HTTP/1.1 without Host: servers answer 400.`;
  }
  if (kind === "kubernetes" && method !== "GET")
    return `${method} ${uri}: a healthy API server grants GET alone and answers 403.`;
  return `${method} ${uri}: not a health path of an API server, which answers 403.`;
}
