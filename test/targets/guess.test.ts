import { describe, expect, test } from "vitest";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { CheckStatus } from "../../server/contract/view.ts";
import { asksForTls, proofOfCheck } from "../../server/targets/guess.ts";
import { view } from "./view.ts";

describe("what one check result proves", () => {
  const cases: readonly (readonly [
    rule: string,
    status: CheckStatus,
    code: number | null,
    http: boolean,
    tls: boolean,
  ])[] = [
    ["a passed check with an HTTP status: HTTP", "L7OK", 200, true, false],
    ["a conditional pass too", "L7OKC", 404, true, false],
    ["an accepted denial too", "L7OK", 403, true, false],
    ["a tcp-check has the code 0: nothing", "L7OK", 0, false, false],
    ["a mail server's 250 is no HTTP status", "L7OK", 250, false, false],
    ["nor its 221, which HAProxy 2.6 shows for smtpchk", "L7OK", 221, false, false],
    ["a failed check: nothing, since only a pass is known to be what it looks like", "L7STS", 500, false, false],
    ["a handshake: TLS", "L6OK", null, false, true],
    ["a port: nothing", "L4OK", null, false, false],
    ["an external check's exit code: nothing", "PROCOK", 0, false, false],
  ];

  test.each(cases)("%s", (_rule, status, code, http, tls) => {
    expect(proofOfCheck(view({ check: { status, code } }).check)).toEqual({ http, tls });
  });
});

describe("an answer to plain HTTP asks for TLS", () => {
  const result: ProbeResult = {
    vantage: "here",
    target: "t",
    seq: 1,
    sentAt: 0,
    endedAt: 1,
    outcome: "failed",
    kind: "answered",
    stage: "answer",
    fault: "probe-unexpected-status",
    url: "http://10.0.0.11:9443/healthz",
    httpStatus: 400,
    failing: [],
    phasesMs: { connect: 1, tls: null, answer: 1 },
    body: "",
    htmlPage: false,
    certificateExpiresAt: null,
    detail: "",
  };

  test.each([
    "Client sent an HTTP request to an HTTPS server.\n",
    "<center>The plain HTTP request was sent to HTTPS port</center>",
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
  ])("%j", (body) => {
    expect(asksForTls({ ...result, body })).toBe(true);
  });

  test("not by any other 400, nor by these words in a page that was found", () => {
    expect(asksForTls({ ...result, body: "bad request" })).toBe(false);
    expect(asksForTls({ ...result, httpStatus: 200, body: "Client sent an HTTP request to an HTTPS server." })).toBe(
      false,
    );
  });
});
