import { expect, test } from "vitest";
import { advise } from "../../server/advise/advise.ts";
import { applyFileCheck, readFileChecks } from "../../server/advise/file-checks.ts";
import type { AssignTarget } from "../../server/monitor/inventory.ts";
import { POLICY, TARGET } from "../support/judge-harness.ts";
import { instanceNamed, MonitorHarness } from "../support/monitor-harness.ts";

const SECOND = 1_000;
const POLLED_FOR_MS = 300 * SECOND;

/** A cfg whose check of k8s-api/cp-1 has these words and this `timeout check`. */
function cfgOf(words: string, timeout: string): string {
  return [
    "backend k8s-api",
    `  ${timeout}`,
    "  option httpchk",
    "  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
    "  http-check expect status 200",
    `  server cp-1 10.0.0.1:6443 check check-ssl verify none ${words}`,
    "",
  ].join("\n");
}

/** After how many milliseconds a server is confirmed false-up whose health HAProxy's check can see and does not; null: never. */
async function confirmedAfterMs(cfg: string | null): Promise<number | null> {
  const files = [{ path: "haproxy.cfg", text: cfg ?? "" }];
  const checks = readFileChecks(files, advise(files));
  const harness = new MonitorHarness();
  const policy = { ...POLICY, graceMs: 30 * SECOND, learnsGrace: true };
  const target = { ...TARGET, key: "default|10.0.0.1", host: "10.0.0.1" };
  const assign: AssignTarget = (view) =>
    applyFileCheck({ kind: "target", target, policy }, checks.get(`${view.backend}/${view.server}`));
  harness.monitor.configure([instanceNamed("lb-1")], assign);
  harness.poll([["cp-1", "UP", "L7OK/200"]]);
  harness.probe(1, "ok");
  const beganAt = harness.clock.now();
  while (harness.clock.now() - beganAt < POLLED_FOR_MS) {
    await harness.advance(SECOND);
    harness.poll([["cp-1", "UP", "L7OK/200"]]);
    harness.probe(1, "etcd");
    if (harness.server("cp-1").phase === "confirmed") return harness.clock.now() - beganAt;
  }
  return null;
}

test("a fault that a fast check should have noticed is decided after the check's own time", async () => {
  const fast = await confirmedAfterMs(cfgOf("inter 500ms fall 2", "timeout check 300ms"));
  // At worst 500 ms + 500 ms + 2 × 300 ms, and the margin of 2 s.
  expect(fast).toBeGreaterThanOrEqual(3_600);
  expect(fast).toBeLessThanOrEqual(6_000);
  expect(await confirmedAfterMs(null)).toBeGreaterThanOrEqual(30_000);
});

test("a slow check gets its time: nothing is confirmed early", async () => {
  expect(await confirmedAfterMs(cfgOf("inter 60s fall 3", "timeout check 5s"))).toBeGreaterThan(195_000);
  expect(await confirmedAfterMs(cfgOf("inter 60s fall 3", "timeout connect 5s"))).toBeNull();
});

test("a grace that a rule sets stays", () => {
  const files = [{ path: "haproxy.cfg", text: cfgOf("inter 60s", "timeout check 5s") }];
  const check = readFileChecks(files, advise(files)).get("k8s-api/cp-1");
  const policy = { ...POLICY, graceMs: 5_000, learnsGrace: false };
  expect(applyFileCheck({ kind: "target", target: TARGET, policy }, check).policy).toEqual(policy);
});

test("the servers of a template have the check of its line, and a diff shows no secret", () => {
  const text =
    "backend web\n  mode http\n  server-template web 2-3 h:80 check\nbackend api\n  option httpchk HEAD /readyz HTTP/1.1\\r\\nHost:\\ x\\r\\nAuthorization:\\ Bearer\\ geheim\n  http-check expect status 200,403\n  server a 10.0.0.1:6443 check check-ssl verify none\n";
  const files = [{ path: "haproxy.cfg", text }];
  const checks = readFileChecks(files, advise(files));
  expect([...checks.keys()]).toEqual(["web/web2", "web/web3", "api/a"]);
  expect(checks.get("web/web2")?.cure).toContain("+  option httpchk");
  expect(checks.get("api/a")?.cure?.join("\n")).toMatch(/-  option httpchk HEAD .*Authorization/);
  expect(JSON.stringify([...checks])).not.toContain("geheim");
});
