import { formatSearch } from "./format-search.ts";
import { formatRoute, parseRoute, type Route } from "./route.ts";

const CHANGED = "haprobe:location";
/** Parameters that stay when another page is opened. */
const KEPT_PARAMETERS = ["at"];

/** The dashboard's own path, with a slash at its end. */
function basePath(): string {
  return new URL(".", document.baseURI).pathname;
}

let cached: { pathname: string; route: Route } | null = null;

/** The route of the address bar; the same object while the path stays. */
export function readRoute(): Route {
  const { pathname } = window.location;
  if (cached?.pathname !== pathname) {
    const base = basePath();
    // Behind a proxy the address of the overview may have no slash at its end.
    cached = { pathname, route: parseRoute(pathname.startsWith(base) ? pathname.slice(base.length) : "") };
  }
  return cached.route;
}

/** The address of a route, with those parameters of the present one that stay, and `parameters`. */
export function hrefOf(route: Route, parameters: Readonly<Record<string, string>> = {}): string {
  const present = new URLSearchParams(window.location.search);
  const kept = KEPT_PARAMETERS.flatMap((name) => {
    const value = present.get(name);
    return value === null ? [] : [[name, value]];
  });
  return basePath() + formatRoute(route) + formatSearch({ ...Object.fromEntries(kept), ...parameters });
}

/** Opens an address of `hrefOf` as a new entry of the history. */
export function navigate(href: string): void {
  window.history.pushState(null, "", href);
  window.dispatchEvent(new Event(CHANGED));
}

/** Replaces the parameters `names` by those given; the others stay. `isNewEntry`: back returns to what was before. */
export function changeParameters(
  names: readonly string[],
  parameters: Readonly<Record<string, string>>,
  isNewEntry: boolean,
): void {
  const others = [...new URLSearchParams(window.location.search)].filter(([name]) => !names.includes(name));
  const search = formatSearch({ ...parameters, ...Object.fromEntries(others) });
  if (search === window.location.search) return;
  const href = window.location.pathname + search;
  if (isNewEntry) window.history.pushState(null, "", href);
  else window.history.replaceState(null, "", href);
  window.dispatchEvent(new Event(CHANGED));
}

/** Puts a past moment into the address, null for the present. A moment keeps its entry of the history, the first one gets its own. */
export function setMomentParameter(at: number | null): void {
  const isFirst = !new URLSearchParams(window.location.search).has("at") && at !== null;
  changeParameters(["at"], at === null ? {} : { at: new Date(at).toISOString() }, isFirst);
}

/** Calls `listener` after each change of the address; the returned function unsubscribes. */
export function onNavigation(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** Replaces the address that earlier releases gave a server, `?open=lb-1/k8s-api/cp-2`, by today's. */
export function replaceOldAddress(): void {
  const { open: key, ...parameters } = Object.fromEntries(new URLSearchParams(window.location.search));
  if (key !== undefined) window.history.replaceState(null, "", hrefOf({ page: "servers", key }, parameters));
}
