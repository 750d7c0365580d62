import type { CommandCompletion } from "./completion.ts";

/** `source <(haprobe completion bash)`. */
export function renderBashCompletion(contexts: readonly CommandCompletion[]): string {
  const deeper = contexts.slice(1).map(({ path }) => `"${path}"`);
  const values = contexts.flatMap(({ path, options }) =>
    options.flatMap(({ long, short, value }) => {
      const after = [long, short].filter((flag) => flag !== null).map((flag) => `"${path} ${flag}"`);
      if (value.kind === "none") return [];
      const words =
        value.kind === "file"
          ? '-f -- "$current"'
          : `-W "${value.kind === "words" ? value.words.join(" ") : ""}" -- "$current"`;
      return [`    ${after.join("|")}) COMPREPLY=($(compgen ${words})); return ;;`];
    }),
  );
  const offers = contexts.map(({ path, commands, options, words }) => {
    const flags = options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== null);
    const all = [...commands.map(({ name }) => name), ...words, ...flags];
    return `    "${path}") COMPREPLY=($(compgen -W "${all.join(" ")}" -- "$current")) ;;`;
  });
  return `# Completion of haprobe for bash: source <(haprobe completion bash)
_haprobe() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at=haprobe word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
    ${deeper.join("|")}) at="$at $word" ;;
    esac
  done
  case "$at $previous" in
${values.join("\n")}
  esac
  case "$at" in
${offers.join("\n")}
  esac
}
complete -F _haprobe haprobe
`;
}
