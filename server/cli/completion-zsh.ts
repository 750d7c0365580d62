import type { CommandCompletion } from "./completion.ts";

/** `source <(haprobe completion zsh)`, or a file `_haprobe` in a folder of `fpath`. */
export function renderZshCompletion(contexts: readonly CommandCompletion[]): string {
  const deeper = contexts.slice(1).map(({ path }) => `"${path}"`);
  const values = contexts.flatMap(({ path, options }) =>
    options.flatMap(({ long, short, value }) => {
      const after = [long, short].filter((flag) => flag !== null).map((flag) => `"${path} ${flag}"`);
      if (value.kind === "none") return [];
      const action =
        value.kind === "file" ? "_files" : value.kind === "words" ? `compadd -- ${value.words.join(" ")}` : ":";
      return [`    (${after.join("|")}) ${action}; return ;;`];
    }),
  );
  const cases = contexts.map(({ path, commands, options, words }) => {
    const flags = options.flatMap(({ long, short, description }) =>
      [long, short].filter((flag) => flag !== null).map((flag) => quoteDescribed(flag, description)),
    );
    const names = [...commands.map(({ name, description }) => quoteDescribed(name, description)), ...words.map(quoted)];
    return `    ("${path}") offers=(${[...names, ...flags].join(" ")}) ;;`;
  });
  return `#compdef haprobe
# Completion of haprobe for zsh: source <(haprobe completion zsh)
_haprobe() {
  local at=haprobe word
  local -a offers
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
    (${deeper.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$at" in
${cases.join("\n")}
  esac
  _describe haprobe offers
}
if [ "$funcstack[1]" = _haprobe ]; then _haprobe "$@"; else compdef _haprobe haprobe; fi
`;
}

/** `_describe` splits its entries at the first colon, so colons in the word are escaped. */
function quoteDescribed(word: string, description: string): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${description}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
