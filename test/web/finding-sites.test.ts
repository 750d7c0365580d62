import { expect, test } from "vitest";
import type { Finding } from "../../server/contract/finding.ts";
import { findingSites, reporterText } from "../../web/lib/cure.ts";

const SITES = ["fra", "nyc"];
const SITE_OF = new Map([
  ["lb-fra", "fra"],
  ["lb-nyc", "nyc"],
]);

function finding(instance: string | null, ...vantages: Finding["vantages"]): Finding {
  const subject = { instance, backend: null, server: null };
  return { id: "", code: "split", subject, sentence: "", advice: "", since: "", vantages };
}

test("a finding is of its instance's site, one about a haprobe of that of the vantage; one of a hub apart of none", () => {
  const reporter = { site: "fra", vantage: "host-a" };
  expect(findingSites(finding("lb-nyc", reporter), SITE_OF)).toEqual(["nyc"]);
  expect(findingSites(finding(null, reporter, { site: "nyc", vantage: "nyc-1" }), SITE_OF)).toEqual(["fra", "nyc"]);
  expect(findingSites(finding(null, { site: "default", vantage: "hub-1" }), SITE_OF)).toEqual([]);
});

test("it names the vantages that report it, with their sites where there are several; its own are named by nothing", () => {
  const both = finding("lb-fra", { site: "fra", vantage: "host-a" }, { site: "default", vantage: "hub-1" });
  expect(reporterText(both, SITES)).toBe("host-a in fra and hub-1");
  expect(reporterText(both, ["fra"])).toBe("host-a and hub-1");
  expect(reporterText(finding("lb-fra"), SITES)).toBe("");
});
