import type { ReadStream } from "node:tty";
import { hashPassword } from "../access/password-hash.ts";
import { BOUNDS } from "../bounds.ts";
import { EXIT } from "./exit-code.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const BACKSPACE = /^[\b\u007f]$/;

/**
 * `haprobe config hash-password`: prints the hash of a password, for a file of users. It is read from the terminal, twice and
 * without showing it, or as the first line of the standard input; never from an argument, which other users can see. Returns
 * the exit code.
 */
export async function printPasswordHash(
  input: NodeJS.ReadStream,
  print: (text: string) => void,
  printError: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<number> {
  const password = input.isTTY ? await askTwice(input, printError) : await readLine(input);
  if (password === null) return EXIT.usage;
  const { length } = password;
  if (length < BOUNDS.passwordMinChars || length > BOUNDS.passwordMaxChars) {
    printError(`haprobe: a password has ${BOUNDS.passwordMinChars} to ${BOUNDS.passwordMaxChars} characters\n`);
    return EXIT.usage;
  }
  print(`${await hashPassword(password)}\n`);
  return EXIT.ok;
}

/** Null where the two differ, and after Ctrl-C. */
async function askTwice(input: ReadStream, printError: (text: string) => void): Promise<string | null> {
  // Before the prompt, since the terminal shows what is typed until then.
  input.setRawMode(true).setEncoding("utf8");
  try {
    printError("Password: ");
    const first = await readHidden(input);
    if (first === null) return null;
    printError("\nAgain: ");
    const second = await readHidden(input);
    if (second !== null && first !== second) printError("\nhaprobe: the two differ");
    return first === second ? first : null;
  } finally {
    printError("\n");
    input.setRawMode(false);
  }
}

async function readLine(input: NodeJS.ReadStream): Promise<string> {
  let text = "";
  for await (const chunk of input.setEncoding("utf8") as AsyncIterable<string>) {
    text += chunk;
    if (text.includes("\n") || text.length > 2 * BOUNDS.passwordMaxChars) break;
  }
  return (text.split("\n", 1)[0] ?? "").replace(/\r$/, "");
}

function readHidden(input: ReadStream): Promise<string | null> {
  input.resume();
  return new Promise((resolve) => {
    let typed = "";
    const finish = (result: string | null): void => {
      input.off("data", onData).pause();
      resolve(result);
    };
    const onData = (chunk: string): void => {
      for (const key of chunk) {
        if (key === "\r" || key === "\n") return finish(typed);
        if (key === CTRL_C || key === CTRL_D) return finish(null);
        typed = BACKSPACE.test(key) ? typed.replace(/.$/su, "") : typed + key;
      }
    };
    input.on("data", onData);
  });
}
