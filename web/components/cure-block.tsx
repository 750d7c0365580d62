import { type CureLine, cureText } from "../lib/cure.ts";
import { CopyButton } from "./copy-button.tsx";
import "./code-block.css";
import "./cure-block.css";

/** Lines for haproxy.cfg: of a diff, added ones stand out and removed ones are struck; Copy takes what is afterwards. */
export function CureBlock({ lines, label }: { lines: readonly CureLine[]; label: string }) {
  return (
    <div className="code-block cure">
      <pre className="mono">
        <code>
          {lines.map(({ kind, text }, i) => (
            <span key={`${i}-${text}`} className={`cure-${kind}`}>
              {kind === "removed" ? <del>{text}</del> : text}
              {"\n"}
            </span>
          ))}
        </code>
      </pre>
      <CopyButton text={cureText(lines)} label={label} />
    </div>
  );
}
