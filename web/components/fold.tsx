import { type ReactNode, useState } from "react";
import { useIsPhone } from "../state/use-is-phone.ts";
import { ChevronIcon } from "./icons.tsx";

interface FoldProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of a server's page. On a phone it is folded, and made once it is opened; elsewhere it is only its content. */
export function Fold({ title, children }: FoldProps) {
  const isPhone = useIsPhone();
  const [isOpen, setOpen] = useState(false);
  if (!isPhone) return children;
  return (
    <details className="drawer-section drawer-fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title}
        <ChevronIcon />
      </summary>
      {isOpen && children}
    </details>
  );
}
