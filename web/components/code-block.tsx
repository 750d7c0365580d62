import { CopyButton } from "./copy-button.tsx";
import "./code-block.css";

/** Lines to paste, with a Copy button; `label` names them for screen readers. */
export function CodeBlock({ lines, label }: { lines: readonly string[]; label: string }) {
  const text = lines.join("\n");
  return (
    <div className="code-block">
      <pre className="mono">
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
