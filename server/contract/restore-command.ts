import { runtimeApiName } from "./quote.ts";

/** The Runtime API command that puts a false-down server back into service. */
export interface RestoreCommand {
  readonly command: string;
  /** What holds afterwards; empty where HAProxy goes on as before. */
  readonly note: string;
  /** The command after which HAProxy checks it again; null where its check goes on. */
  readonly undo: string | null;
}

const CHECK_ADDRESS = /^check-addr [\da-f.:]+ port \d+$/;

/** Whether a command from elsewhere is one that the judge makes for this server: it changes nothing but its health or its check. */
export function isRestoreCommand({ command, undo }: RestoreCommand, backend: string, server: string): boolean {
  const name = runtimeApiName(backend, server);
  if (name === null) return false;
  if (undo !== null) return undo === enableCheck(name) && command === restoreUncheckedCommand(name);
  const subject = `set server ${name} `;
  const change = command.startsWith(subject) ? command.slice(subject.length) : "";
  return change === "health up" || change === "agent up" || CHECK_ADDRESS.test(change);
}

/** Takes the server `BACKEND/SERVER` in without any check. */
export function restoreUncheckedCommand(name: string): string {
  return `set server ${name} health up; disable health ${name}`;
}

/** Has HAProxy check the server `BACKEND/SERVER` again. */
export function enableCheck(name: string): string {
  return `enable health ${name}`;
}
