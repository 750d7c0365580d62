import { useSyncExternalStore } from "react";
import { DENSITIES, type Density, onDensityChange, readDensity } from "../lib/density.ts";

/** The density of the tables; renders again when it changes. */
export function useDensity(): Density {
  return useSyncExternalStore(onDensityChange, readDensity);
}

/** Height of a table row in px. */
export function useRowHeight(): number {
  return DENSITIES[useDensity()];
}
