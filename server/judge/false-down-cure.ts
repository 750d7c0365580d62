import { runtimeApiName, UNSAFE_NAME } from "../contract/quote.ts";
import { enableCheck, type RestoreCommand, restoreUncheckedCommand } from "../contract/restore-command.ts";
import type { CredentialsPolicy, Target } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";
import { checkCure } from "./check-cure.ts";

/** What brings a false-down server back depends on this. */
export interface FalseDownInput {
  readonly view: ServerView;
  readonly target: Target | null;
  readonly otherPort: number | null;
  readonly isConfirmed: boolean;
  /** A rule names the path, or the guessed one has answered well. */
  readonly isPathProven: boolean;
}

/** Statuses that refuse the request whatever the server's health is: another one, such as the probe's, is answered. */
const REFUSED_REQUEST = new Set([400, 404, 405, 410, 421, 426, 505]);
const TOKEN = "HEALTH_CHECK_TOKEN";
const LOGIN = "HEALTH_CHECK_LOGIN";

/** True where HAProxy's check was answered, and what is wrong is its request or what it expects. */
export function isRequestWrong({ check: { status, code } }: ServerView): boolean {
  if (status !== "L7STS" || code === null) return false;
  return (code >= 200 && code < 400) || REFUSED_REQUEST.has(code);
}

/** Makes the command for the server `BACKEND/SERVER`. */
export type Restore = (name: string) => RestoreCommand;

/** Takes in a server which HAProxy reaches, and has it unchecked from then on; null where that is not known to be safe. */
export function restoreUnchecked({ view, isConfirmed }: FalseDownInput): Restore | null {
  // HAProxy takes no health by hand for a server that follows another one's, and may reach no server whose check is not answered.
  if (!isConfirmed || view.tracked !== null || view.check.status !== "L7STS") return null;
  return (name) => ({
    command: restoreUncheckedCommand(name),
    note: "HAProxy then does not check it until enable health or a reload.",
    undo: enableCheck(name),
  });
}

/** Sends the check to the traffic's address, where it goes elsewhere. */
export function redirectCheck({ view, otherPort, isConfirmed }: FalseDownInput): Restore | null {
  const { address, tracked } = view;
  if (!isConfirmed || !isCheckLost(view, otherPort) || tracked !== null || address.kind !== "ip") return null;
  const { host, port } = address;
  return (name) => ({ command: `set server ${name} check-addr ${host} port ${port}`, note: "", undo: null });
}

/** Takes a recovered server in before its checks have counted up. */
export function restoreRecovered({ view, isConfirmed }: FalseDownInput): Restore | null {
  if (!isConfirmed || view.tracked !== null) return null;
  return (name) => ({ command: `set server ${name} health up`, note: "", undo: null });
}

/** Overrules the agent. */
export function restoreAgent({ isConfirmed }: FalseDownInput): Restore | null {
  if (!isConfirmed) return null;
  const note = "It holds until the agent's next report.";
  return (name) => ({ command: `set server ${name} agent up`, note, undo: null });
}

/** The command for this server; null without one, and where its name is not safe in a command. */
export function restoreCommandFor({ backend, server }: ServerView, restore: Restore | null): RestoreCommand | null {
  const name = runtimeApiName(backend, server);
  return restore === null || name === null ? null : restore(name);
}

/** `Mitigate:` with that command, for the advice. */
export function describeRestore(view: ServerView, restore: Restore | null): string {
  if (restore === null) return "";
  const found = restoreCommandFor(view, restore);
  if (found === null) return `${UNSAFE_NAME} `;
  const { command, note, undo } = found;
  return `Mitigate: ${command}. ${note === "" ? "" : `${note} `}${undo === null ? "" : `Undo: ${undo}. `}`;
}

/** Lines for haproxy.cfg with which the check asks what the probe asks, with its credentials; empty where they are not known. */
export function requestCure({ view, target, otherPort, isPathProven }: FalseDownInput): readonly string[] {
  if (target === null || !isPathProven) return [];
  const credentials = target.credentials?.sendTo === "never" ? null : target.credentials;
  const lines = checkCure({ ...target, credentials: null }, { view, depth: null, otherPort });
  return credentials === null ? lines : withAuthorization(lines, credentials);
}

/** Lines for haproxy.cfg of a check that ends before any answer: it goes elsewhere, or does not finish the handshake. */
export function connectCure(input: FalseDownInput): readonly string[] {
  const { view, target, otherPort } = input;
  if (isCheckLost(view, otherPort) && view.tracked === null && view.address.kind === "ip") {
    return [
      `# backend ${view.backend}, above its server lines, and without port and addr in those`,
      `default-server port ${view.address.port}`,
    ];
  }
  const isHandshake = view.check.status === "L6RSP" || view.check.status === "L6TOUT";
  // Without TLS the traffic may fail as the check does.
  return isHandshake && target?.probe.type === "http" && target.probe.scheme === "https" ? requestCure(input) : [];
}

/** Lines for haproxy.cfg that give the check as long as the probe has. */
export function timeoutCure({ view, target }: FalseDownInput): readonly string[] {
  if (target === null) return [];
  return [`# backend ${view.backend}`, `timeout check ${target.timeoutMs}ms`];
}

/** Lines for haproxy.cfg that check a server more often while it is DOWN. */
export function pollDownCure({ view }: FalseDownInput): readonly string[] {
  return [`# backend ${view.backend}, above its server lines`, "default-server downinter 1s"];
}

/** True where the check goes to another place than the traffic, and the probe to the traffic's. */
function isCheckLost({ checkElsewhere }: ServerView, otherPort: number | null): boolean {
  return checkElsewhere && otherPort === null;
}

/** The secret comes from HAProxy's environment; without it HAProxy refuses the file, and the servers keep their check. */
function withAuthorization(lines: readonly string[], { bearerTokenFile, basic, clientCertificate }: CredentialsPolicy) {
  if (clientCertificate !== null || lines.length === 0) return [];
  const [scheme, variable, content] =
    basic === null ? ["Bearer", TOKEN, "the token"] : ["Basic", LOGIN, "user:password in base64"];
  if (bearerTokenFile === null && basic === null) return [];
  return [
    ...lines.map((line) =>
      line.startsWith("http-check send ") ? `${line} hdr Authorization "${scheme} \${${variable}}"` : line,
    ),
    `# in global: setenv ${variable} with ${content}`,
    `.if !defined(${variable})`,
    `.alert "${variable} is not set"`,
    ".endif",
  ];
}
