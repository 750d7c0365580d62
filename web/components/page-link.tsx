import type { MouseEvent, ReactNode } from "react";
import { hrefOf, navigate } from "../lib/navigation.ts";
import type { Route } from "../lib/route.ts";

interface PageLinkProps {
  readonly to: Route;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly className?: string;
  readonly isCurrent?: boolean;
  readonly title?: string;
  readonly onOpen?: () => void;
  readonly children: ReactNode;
}

/** A link to a page of the dashboard that opens without loading; a click with a modifier key is left to the browser. */
export function PageLink({
  to,
  parameters = {},
  className,
  isCurrent = false,
  title,
  onOpen,
  children,
}: PageLinkProps) {
  const href = hrefOf(to, parameters);
  const open = (event: MouseEvent): void => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(hrefOf(to, parameters));
    onOpen?.();
  };
  return (
    <a className={className} href={href} title={title} aria-current={isCurrent ? "page" : undefined} onClick={open}>
      {children}
    </a>
  );
}
