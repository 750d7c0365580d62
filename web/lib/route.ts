import { serverKey, splitServerKey } from "../../server/contract/server-key.ts";

/** The pages of the navigation, in its order. */
export const PAGES = [
  "overview",
  "sites",
  "servers",
  "incidents",
  "numbers",
  "findings",
  "notifications",
  "settings",
] as const;
export type PageName = (typeof PAGES)[number];

/** The pages that a fleet of this many sites has. */
export function pagesOf(sites: number): readonly PageName[] {
  return sites > 1 ? PAGES : PAGES.filter((page) => page !== "sites");
}

/** What an address shows. */
export type Route =
  | { readonly page: Exclude<PageName, "servers" | "incidents" | "notifications"> }
  /** `key`: the server whose detail is open. */
  | { readonly page: "servers"; readonly key: string | null }
  | { readonly page: "incidents" | "notifications"; readonly id: string | null }
  | { readonly page: "not-found" };

/** Reads a path below the dashboard's own, without a slash at its beginning: `incidents/0199`. */
export function parseRoute(path: string): Route {
  const [first = "", ...rest] = path.replace(/\/$/, "").split("/").map(decodeSegment);
  const [instance, backend, server] = rest;
  switch (first) {
    case "servers":
      if (rest.length === 0) return { page: first, key: null };
      if (rest.length !== 3) return { page: "not-found" };
      return { page: first, key: serverKey(instance ?? "", backend ?? "", server ?? "") };
    case "incidents":
    case "notifications":
      return rest.length <= 1 ? { page: first, id: rest[0] ?? null } : { page: "not-found" };
    case "":
    case "sites":
    case "numbers":
    case "findings":
    case "settings":
      return rest.length === 0 ? { page: first === "" ? "overview" : first } : { page: "not-found" };
    default:
      return { page: "not-found" };
  }
}

/** The path of a route below the dashboard's own; empty for the overview. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case "overview":
    case "not-found":
      return "";
    case "servers": {
      const names = route.key === null ? null : splitServerKey(route.key);
      const parts = names === null ? [] : [names.instance, names.backend, names.server];
      return ["servers", ...parts.map(encodeURIComponent)].join("/");
    }
    case "incidents":
    case "notifications":
      return route.id === null ? route.page : `${route.page}/${encodeURIComponent(route.id)}`;
    default:
      return route.page;
  }
}

/** The route of a page without anything opened in it. */
export function routeOf(page: PageName): Route {
  return parseRoute(page === "overview" ? "" : page);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
