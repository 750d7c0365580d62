import { describe, expect, test } from "vitest";
import type { CheckStatus } from "../../server/contract/view.ts";
import { evidenceFromView } from "../../server/targets/protocol-evidence.ts";
import { serverView } from "./fixtures.ts";

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
    expect(evidenceFromView(serverView({ mode: "", check: { status, code } }))).toEqual({ http, tls, notHttp: false });
  });
});

test("in mode tcp an HTTP check proves nothing of the traffic's port: it may go to another one without showing it", () => {
  expect(evidenceFromView(serverView({ mode: "tcp", check: { status: "L7OK", code: 200 } })).http).toBe(false);
});
