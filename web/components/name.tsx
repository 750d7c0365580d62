import "./name.css";

const END_CHARACTERS = 12;
/** Names up to this length are not split. */
const SHORT_CHARACTERS = 20;

/** A name that is truncated in the middle, because long names often differ at their end only. */
export function Name({ text, className = "" }: { text: string; className?: string }) {
  const end = text.length > SHORT_CHARACTERS ? text.slice(-END_CHARACTERS) : "";
  return (
    <span className={`name ${className}`} title={text}>
      <span className={end === "" ? "truncate" : "truncate name-start"}>{text.slice(0, text.length - end.length)}</span>
      {end !== "" && <span className="name-end">{end}</span>}
    </span>
  );
}
