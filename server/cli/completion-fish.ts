import type { CommandCompletion } from "./completion.ts";

/** `haprobe completion fish | source`. */
export function renderFishCompletion(contexts: readonly CommandCompletion[]): string {
  const deeper = contexts.slice(1).map(({ path }) => `'${path}'`);
  const lines = contexts.flatMap(({ path, commands, options, words }) => {
    const complete = `complete -c haprobe -n '__haprobe_at ${path}'`;
    return [
      ...commands.map(({ name, description }) => `${complete} -a ${name} -d ${quoted(description)}`),
      ...words.map((word) => `${complete} -a ${word}`),
      ...options.map(({ long, short, description, value }) =>
        [
          complete,
          ...(long === null ? [] : [`-l ${long.slice(2)}`]),
          ...(short === null ? [] : [`-s ${short.slice(1)}`]),
          ...(value.kind === "none" ? [] : [value.kind === "file" ? "-r -F" : "-x"]),
          ...(value.kind === "words" ? [`-a '${value.words.join(" ")}'`] : []),
          `-d ${quoted(description)}`,
        ].join(" "),
      ),
    ];
  });
  return `# Completion of haprobe for fish: haprobe completion fish | source
function __haprobe_at
  set -l at haprobe
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${deeper.join(" ")}
        set at "$at $word"
    end
  end
  test "$at" = "$argv"
end
complete -c haprobe -f
${lines.join("\n")}
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
