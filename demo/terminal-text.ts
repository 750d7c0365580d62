import { styleText } from "node:util";
import { BACKENDS } from "./backends.ts";
import { FAULT_NAMES, SERVERS } from "./faults.ts";
import type { Demo } from "./demo.ts";
import { REQUESTS_PER_SECOND } from "./traffic.ts";

/** The text that the terminal shows once everything runs. */
export function formatWelcome({ url, haproxy, folder, addressNote: remark }: Demo): string {
  const backends = BACKENDS.map(({ name, checkText }) => `    ${name.padEnd(12)}${checkText}`);
  return `
HAProxy ${haproxy.version} in front of ${SERVERS.join(", ")}, stand-ins for Kubernetes API servers,
in four backends whose checks test
${backends.join("\n")}
Clients send ${REQUESTS_PER_SECOND} requests a second through each of them.
${remark === null ? "" : `\n${remark}`}
  ${bold(url)}

In another terminal, in this folder:
  npm run demo -- break cp-2 etcd     another server or fault: ${FAULT_NAMES.join(", ")}
  npm run demo -- heal                heals every server
  npm run demo -- status              what is broken, and failed requests of the clients
  npm run --silent haprobe -- check --config ${folder}/haprobe.yaml
haproxy.cfg and haprobe.yaml are in ${folder}
Ctrl-C ends the demo and leaves nothing behind. The log of haprobe follows, with its alerts (ALERT) as a receiver gets them:

`;
}

/** One step of the tour. */
export function formatStep(headline: string, hints: readonly string[]): string {
  return `\n${bold(headline)}\n${hints.map((line) => `      ${line}\n`).join("")}\n`;
}

/** After the last step. */
export function formatStoryEnd(url: string): string {
  return `
${bold("That was the tour.")} The demo goes on at ${url}: break something yourself in another terminal,
  npm run demo -- break cp-1 etcd
and end it here with Ctrl-C.

`;
}

/** A message that arrived at the receiver of alerts, apart from the lines of the log. */
export function formatAlert(line: string): string {
  return bold(`   ALERT ${line}`);
}

function bold(text: string): string {
  return styleText("bold", text, { stream: process.stdout });
}
