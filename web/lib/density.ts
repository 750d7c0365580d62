/** Heights of a table row in px. */
export const DENSITIES = { compact: 28, normal: 32, comfortable: 36 } as const;
export type Density = keyof typeof DENSITIES;

const STORAGE_KEY = "haprobe:density";
const listeners = new Set<() => void>();

/** The density of the tables, as it stands on the root element, where theme.js puts what the browser stores. */
export function readDensity(): Density {
  const stored = document.documentElement.dataset["density"];
  return stored === "compact" || stored === "comfortable" ? stored : "normal";
}

/** Changes the density and stores it; without storage it lasts until the page is closed. */
export function setDensity(density: Density): void {
  document.documentElement.dataset["density"] = density;
  try {
    localStorage.setItem(STORAGE_KEY, density);
  } catch {
    // The choice lasts until the page is closed.
  }
  for (const listener of [...listeners]) listener();
}

/** Changes to the next density, after the last one the first. */
export function toggleDensity(): void {
  const names = Object.keys(DENSITIES) as Density[];
  setDensity(names[(names.indexOf(readDensity()) + 1) % names.length] ?? "normal");
}

/** Calls `listener` after each change; the returned function unsubscribes. */
export function onDensityChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
