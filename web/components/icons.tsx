import type { ReactNode } from "react";
import type { PageName } from "../lib/route.ts";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 3.5 3.5" />
  </Icon>
);
export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
  </Icon>
);
export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon>
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M10 3.5 5.5 8l4.5 4.5" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);
export const OpenIcon = () => (
  <Icon>
    <path d="M9.5 2.5h4v4M13.5 2.5l-6 6M11.5 9v3.5a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1H7" />
  </Icon>
);
export const UnpluggedIcon = () => (
  <Icon>
    <path d="M2 14 14 2M5 8.5 8.5 12M4.5 9a3 3 0 0 0 3 3.5M9 4l3 3M8 5l2-2a2.5 2.5 0 0 1 3.5 3.5l-2 2" />
  </Icon>
);

const PAGE_PATHS: Readonly<Record<PageName, string>> = {
  overview: "M2.5 3.5h11M2.5 8h4.5M9.5 8h4M2.5 12.5h4.5M9.5 12.5h4",
  sites: "M8 14s4.5-4.2 4.5-7.5a4.5 4.5 0 0 0-9 0C3.5 9.8 8 14 8 14zM8 8.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4",
  servers: "M2.5 2.5h11v4h-11zM2.5 9.5h11v4h-11zM5 4.5h.1M5 11.5h.1",
  incidents: "M5.2 2h5.6L14 5.2v5.6L10.8 14H5.2L2 10.8V5.2zM8 5v3.5M8 11h.1",
  numbers: "M2.5 13.5h11M4.5 13.5v-4M8 13.5v-9M11.5 13.5v-6",
  findings: "M4 14V2.5M4 3h8.5l-2 2.75 2 2.75H4",
  notifications: "M3 11.5h10c-1-1-1.5-2-1.5-4.5a3.5 3.5 0 0 0-7 0c0 2.5-.5 3.5-1.5 4.5zM6.7 13.7a1.5 1.5 0 0 0 2.6 0",
  settings: "M2.5 4.5h5M11 4.5h2.5M2.5 11.5h2M8 11.5h5.5M9.2 2.7v3.6M6.2 9.7v3.6",
};

/** A page's icon, shown where its name has no room; the name stays for screen readers. */
export const PageIcon = ({ page }: { page: PageName }) => (
  <Icon>
    <path d={PAGE_PATHS[page]} />
  </Icon>
);
