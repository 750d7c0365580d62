import * as crypto from "node:crypto";
import { z } from "zod";
import type { UserSettings } from "../contract/settings.ts";
import { usersSchema } from "./auth-schema.ts";
import { type ConfigError, configError } from "./config-error.ts";
import { FULL_SCOPE } from "./file-scope.ts";
import { type ConfigIo, errorCode, readErrorText } from "./find-config-file.ts";
import { collectErrors, parseYamlDocument } from "./parse-config.ts";

/** The users of a file, or all its errors. */
export type UsersFileResult =
  | { readonly kind: "right"; readonly users: readonly UserSettings[] }
  /** It is not read: why, as the rest of a sentence about the file. */
  | { readonly kind: "unreadable"; readonly message: string }
  | { readonly kind: "wrong"; readonly errors: readonly ConfigError[] };

const MODE_OF_OTHERS = 0o007;

/** Reads the file of users. One that every user of the machine can read, or write, is refused. */
export function readUsersFile(path: string, io: Pick<ConfigIo, "readFile" | "statusOf">): UsersFileResult {
  if (!("argon2" in crypto)) {
    return { kind: "unreadable", message: "holds passwords, which need Node.js 24.7 or later" };
  }
  let text: string;
  try {
    text = io.readFile(path);
  } catch (error) {
    return { kind: "unreadable", message: `cannot be read: ${readErrorText(errorCode(error))}` };
  }
  if (((io.statusOf?.(path)?.mode ?? 0) & MODE_OF_OTHERS) !== 0) {
    return { kind: "unreadable", message: "can be read or written by every user; expected mode 640 or less" };
  }
  const name = { file: path, filePath: path, scope: FULL_SCOPE };
  // A hash has dollar signs, and a variable in a file of secrets would be in the environment of every process.
  const opened = parseYamlDocument(text.replaceAll("$", "$$$$"), name, {});
  if (opened.kind === "wrong") return opened;
  const { document } = opened;
  const parsed = z.safeParse(usersSchema, document.value ?? []);
  const errors = [...collectErrors(parsed.error?.issues ?? [], document, path)];
  if (!parsed.success || errors.length > 0) return { kind: "wrong", errors };
  const users = parsed.data;
  users.forEach(({ name: user }, index) => {
    if (users.findIndex((other) => other.name === user) === index) return;
    errors.push(configError(path, document.keyPosition([index, "name"]), `${user} is there twice`));
  });
  return errors.length > 0 ? { kind: "wrong", errors } : { kind: "right", users };
}
