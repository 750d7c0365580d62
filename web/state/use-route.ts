import { useSyncExternalStore } from "react";
import { onNavigation, readRoute } from "../lib/navigation.ts";
import type { Route } from "../lib/route.ts";

/** The route of the address bar; renders again when it changes. */
export function useRoute(): Route {
  return useSyncExternalStore(onNavigation, readRoute);
}
