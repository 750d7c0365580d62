import type { PageName } from "./route.ts";

/** Name of each page, and the key that opens it after `g`. */
export const PAGE_LABELS: Readonly<Record<PageName, { readonly label: string; readonly key: string }>> = {
  overview: { label: "Overview", key: "o" },
  sites: { label: "Sites", key: "e" },
  servers: { label: "Servers", key: "s" },
  incidents: { label: "Incidents", key: "i" },
  numbers: { label: "Numbers", key: "n" },
  findings: { label: "Findings", key: "f" },
  notifications: { label: "Notifications", key: "m" },
  settings: { label: "Settings", key: "c" },
};
