/** Controls of a terminal (C0, C1), line separators, marks that change the direction of the text, and invisible characters but for joiners, which belong to words. */
const UNPRINTABLE =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const HAPROXY_NAME = /^[\w.:-]+$/;

/** Writes every control of a terminal or of the text's direction as `\u001b`. Inside JSON the value stays the same. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** The same for a text of several lines: line ends and tabs stay. */
export function escapeUnprintableInLines(text: string): string {
  return text.replace(UNPRINTABLE, (found, index: number) => {
    const isLayout = found === "\n" || found === "\t" || (found === "\r" && text[index + 1] === "\n");
    return isLayout ? found : escapeCharacter(found);
  });
}

/** `backend/server` for the Runtime API; null where a name has characters that haproxy.cfg does not allow in names. */
export function runtimeApiName(backend: string, server: string): string | null {
  return HAPROXY_NAME.test(backend) && HAPROXY_NAME.test(server) ? `${backend}/${server}` : null;
}

/** The sentence in place of a command whose names `runtimeApiName` refuses. */
export const UNSAFE_NAME =
  "No command is shown, because a name has characters that HAProxy or a shell would interpret.";

/** The text as one word of a POSIX shell; null where it has control characters, which a terminal could execute. */
export function quoteForShell(text: string): string | null {
  return escapeUnprintable(text) === text ? `'${text.replaceAll("'", "'\\''")}'` : null;
}

function escapeCharacter(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
