import { httpCheckLines } from "../advise/check-lines.ts";
import type { BodyExpectation, HttpProbe, StatusRange, Target } from "../contract/target.ts";
import type { CheckDepth } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";

/** Characters that neither end a word nor start a comment in haproxy.cfg. */
const CONFIG_WORD = /^[\w./~?=&%:@+,;-]+$/;
const DEFAULT_EXPECTATION = "200-299";

/** What the lines of a check depend on beside the target. */
export interface CureInput {
  readonly view: ServerView;
  /** How far HAProxy's check of the server looks; null where that was not seen yet. */
  readonly depth: CheckDepth | null;
  /** The port that the rule probes in place of the traffic's; null where it is the same. */
  readonly otherPort: number | null;
}

/**
 * Lines for haproxy.cfg that make HAProxy's check request what the probe requests. Empty where that is not possible:
 * another protocol than HTTP, credentials, headers or a body that the check cannot have, a tracked check, one whose
 * server line sends it elsewhere.
 */
export function checkCure(target: Target, { view, depth, otherPort }: CureInput): readonly string[] {
  const { probe, credentials, socketPath } = target;
  if (probe.type !== "http" || credentials !== null || socketPath !== null || view.tracked !== null) return [];
  if (Object.keys(probe.headers).length > 0 || target.proxyProtocol === "v2") return [];
  if (view.checkElsewhere && (otherPort === null || otherPort !== view.checkPort)) return [];
  // A check that speaks TLS goes on doing so: no plain one of its port, and none where the server line says check-ssl.
  const dropsTls = depth === "tls" && probe.scheme === "http";
  if (dropsTls && otherPort === null) return [];
  const words = [view.backend, probe.method, probe.path, probe.hostHeader, probe.tls.serverName ?? ""];
  if (!words.every((word) => word === "" || CONFIG_WORD.test(word))) return [];
  const body = expectBody(probe.expectBody);
  if (body === null) return [];
  const options = serverOptions(probe, otherPort, depth, target.proxyProtocol !== null);
  return [
    `# backend ${view.backend}, above its server lines${dropsTls ? ", and without check-ssl in those" : ""}`,
    ...httpCheckLines({
      method: probe.method,
      path: probe.path,
      host: probe.hostHeader,
      expect: [`status ${formatStatuses(probe.expectStatus)}`, ...body],
    }),
    ...(options === "" ? [] : [`default-server ${options}`]),
  ];
}

function serverOptions(
  { scheme, tls }: HttpProbe,
  otherPort: number | null,
  depth: CheckDepth | null,
  sendsProxy: boolean,
): string {
  const options = [
    depth === "none" ? "check" : null,
    otherPort === null ? null : `port ${otherPort}`,
    // A plain check of a TLS port fails, and takes every server down.
    scheme === "https" ? "check-ssl verify none" : depth === "tls" ? "no-check-ssl" : null,
    scheme === "https" && tls.serverName !== null ? `check-sni ${tls.serverName}` : null,
    sendsProxy ? "check-send-proxy" : null,
  ];
  return options.filter((option) => option !== null).join(" ");
}

function formatStatuses(ranges: readonly StatusRange[]): string {
  if (ranges.length === 0) return DEFAULT_EXPECTATION;
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** The rule for the body; null where HAProxy's patterns may match another one than the probe's. */
function expectBody(body: BodyExpectation): readonly string[] | null {
  switch (body.kind) {
    case "any":
      return [];
    case "contains":
      return CONFIG_WORD.test(body.text) ? [`string ${body.text}`] : null;
    case "equals":
      return /^[\w-]+$/.test(body.text) ? [`rstring ^[[:space:]]*${body.text}[[:space:]]*$`] : null;
    case "matches":
      return null;
  }
}
