/** A sentence whose parts between backticks are code. */
export function CommandText({ text }: { text: string }) {
  return text.split("`").map((part, i) =>
    i % 2 === 1 ? (
      <code className="mono" key={`${i}-${part}`}>
        {part}
      </code>
    ) : (
      part
    ),
  );
}
