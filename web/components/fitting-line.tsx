import { type ReactElement, useLayoutEffect, useRef, useState } from "react";
import "./fitting-line.css";

interface FittingLineProps {
  /** Elements with keys, the most important first. */
  readonly children: readonly ReactElement[];
  /** How many there are, besides those that are not rendered at all. */
  readonly total: number;
}

/** As many of its children in one line as fit, and the number of the others: `+3`. */
export function FittingLine({ children, total }: FittingLineProps) {
  const line = useRef<HTMLSpanElement>(null);
  const [fitting, setFitting] = useState(children.length);
  useLayoutEffect(() => {
    const node = line.current;
    if (node === null || typeof ResizeObserver === "undefined") return;
    const sizes = new ResizeObserver(() => setFitting(countInFirstLine(node)));
    const observeAll = (): void => [node, ...node.children].forEach((each) => sizes.observe(each));
    const changes = new MutationObserver(observeAll);
    observeAll();
    changes.observe(node, { childList: true });
    return () => {
      sizes.disconnect();
      changes.disconnect();
    };
  }, []);
  const hidden = total - Math.min(fitting, children.length);
  return (
    <>
      <span className="fitting-line" ref={line}>
        {children}
      </span>
      {hidden > 0 && <span className="muted fitting-more num">+{hidden}</span>}
    </>
  );
}

/** Those that found no room are in a line below, which is cut. */
function countInFirstLine(line: HTMLElement): number {
  const { bottom } = line.getBoundingClientRect();
  return [...line.children].filter((child) => child.getBoundingClientRect().top < bottom).length;
}
