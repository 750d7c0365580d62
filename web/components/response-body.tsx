/** Response body as text, never as markup; lines of failing sub-checks have the verdict's colour. */
export function ResponseBody({ text }: { text: string }) {
  return (
    // A scrollable element has to be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="body mono" tabIndex={0}>
      {text.split("\n").map((line, i) => (
        // The index is the key: the body changes as a whole.
        <span key={i} className={line.startsWith("[-]") ? "verdict-text" : ""}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}
