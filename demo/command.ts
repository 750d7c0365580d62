import { parseArgs } from "node:util";
import { nearestWord } from "../server/config/nearest-word.ts";
import { FAULT_NAMES, type FaultName, SERVERS, type ServerName } from "./faults.ts";

/** Commands to a running demo from another terminal. */
export type ControlCommand =
  | { readonly kind: "break"; readonly server: ServerName; readonly fault: FaultName }
  /** Null: every server. */
  | { readonly kind: "heal"; readonly server: ServerName | null }
  | { readonly kind: "status" };

/** A parsed command line. */
export type Command =
  | { readonly kind: "start"; readonly listen: string | null; readonly story: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string }
  | ControlCommand;

export const USAGE = `npm run demo                            starts the demo; Ctrl-C ends it
npm run demo -- --story                 the same with a tour of two minutes
npm run demo -- --listen ADDRESS:PORT   another address of the page than 127.0.0.1:8405
npm run demo -- break SERVER FAULT      SERVER: ${SERVERS.join(", ")}; FAULT: ${FAULT_NAMES.join(", ")}
npm run demo -- heal [SERVER]           heals one server, or all
npm run demo -- status                  what is broken, and failed requests of the clients`;

const WORDS = ["break", "heal", "status", "help"] as const;

/** Parses the arguments after `npm run demo --`; never throws. */
export function parseCommand(args: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return invalidCommand(error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? "") : String(error));
  }
  const { values, positionals } = parsed;
  const { story = false, listen = null, help = false } = values;
  const [word, ...rest] = positionals;
  if (help || word === "help") return { kind: "help" };
  if (word === undefined) return { kind: "start", listen, story };
  if (story || listen !== null) return invalidCommand("--story and --listen belong to the start of the demo");
  switch (word) {
    case "break":
      return parseBreak(rest);
    case "heal":
      return parseHeal(rest);
    case "status":
      return rest.length === 0 ? { kind: "status" } : invalidCommand("status takes no argument");
    default:
      return invalidCommand(`${unknown("command", word, WORDS)}, or no argument to start the demo`);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { story: { type: "boolean" }, listen: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
}

function parseBreak([server, fault, ...rest]: readonly string[]): Command {
  if (server === undefined) return invalidCommand(`break which server? ${SERVERS.join(", ")}`);
  if (!isOneOf(SERVERS, server)) return invalidCommand(unknown("server", server, SERVERS));
  if (fault === undefined) return invalidCommand(`break ${server} how? ${FAULT_NAMES.join(", ")}`);
  if (!isOneOf(FAULT_NAMES, fault)) return invalidCommand(unknown("fault", fault, FAULT_NAMES));
  if (rest.length > 0) return invalidCommand("break takes one server and one fault");
  return { kind: "break", server, fault };
}

function parseHeal([server, ...rest]: readonly string[]): Command {
  if (server === undefined) return { kind: "heal", server: null };
  if (!isOneOf(SERVERS, server)) return invalidCommand(unknown("server", server, SERVERS));
  return rest.length > 0 ? invalidCommand("heal takes one server, or no argument for all") : { kind: "heal", server };
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const near = nearestWord(word, known);
  const meant = near === null ? "" : ` Did you mean ${near}?`;
  return `there is no ${what} ${JSON.stringify(word)}.${meant} It is one of ${known.join(", ")}`;
}

function isOneOf<T extends string>(known: readonly T[], word: string): word is T {
  return (known as readonly string[]).includes(word);
}

function invalidCommand(message: string): Command {
  return { kind: "wrong", message };
}
