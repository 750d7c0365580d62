import type { Command } from "commander";
import { renderBashCompletion } from "./completion-bash.ts";
import { renderFishCompletion } from "./completion-fish.ts";
import { renderZshCompletion } from "./completion-zsh.ts";

/** The value of an option: none, a file, one of some words, or any text. */
export type OptionValue =
  | { readonly kind: "none" | "file" | "any" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** One command, and the words that can follow it. */
export interface CommandCompletion {
  /** `haprobe config check`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly long: string | null;
    readonly short: string | null;
    readonly description: string;
    readonly value: OptionValue;
  }[];
  /** Choices of its arguments. */
  readonly words: readonly string[];
}

const SCRIPTS = { bash: renderBashCompletion, zsh: renderZshCompletion, fish: renderFishCompletion } as const;

export const SHELLS = Object.keys(SCRIPTS) as readonly (keyof typeof SCRIPTS)[];

/** The completion script of a shell, generated from the commands that parse the arguments. */
export function renderCompletion(program: Command, shell: keyof typeof SCRIPTS): string {
  return SCRIPTS[shell](collectCommands(program, ""));
}

function collectCommands(command: Command, above: string): readonly CommandCompletion[] {
  const path = `${above} ${command.name()}`.trim();
  const completion: CommandCompletion = {
    path,
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => ({
        long: option.long ?? null,
        short: option.short ?? null,
        description: option.description,
        value: valueOf(option),
      })),
    words: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  };
  return [completion, ...command.commands.flatMap((child) => collectCommands(child, path))];
}

function valueOf(option: Command["options"][number]): OptionValue {
  if (option.argChoices !== undefined) return { kind: "words", words: option.argChoices };
  if (!option.required && !option.optional) return { kind: "none" };
  return { kind: option.flags.includes("<file>") ? "file" : "any" };
}
