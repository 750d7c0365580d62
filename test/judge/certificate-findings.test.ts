import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createCertificateFindings } from "../../server/judge/own-findings.ts";

const NOW = Date.UTC(2026, 10, 27);

test.each([
  ["none without TLS", null, []],
  ["none for one that lasts", { expiresAt: NOW + BOUNDS.tlsExpiryWarningMs + 1, error: null }, []],
  ["that it expires", { expiresAt: NOW + BOUNDS.tlsExpiryWarningMs, error: null }, ["it expires in 14 days"]],
  ["that it expired", { expiresAt: NOW, error: null }, ["it has expired"]],
  [
    "that its files cannot be used",
    { expiresAt: NOW + BOUNDS.tlsExpiryWarningMs + 1, error: "no such file" },
    ["its files cannot be used (no such file), and an earlier pair is presented"],
  ],
])("the finding about the listener's certificate: %s", (_what, certificate, said) => {
  const findings = createCertificateFindings(certificate, NOW);
  expect(findings.map(({ sentence }) => sentence)).toEqual(
    said.map((each) => `The certificate of haprobe's listener: ${each}`),
  );
});
