import { DENSITIES, type Density, setDensity } from "../lib/density.ts";
import { useDensity } from "../state/use-density.ts";
import { MenuButton } from "./menu-button.tsx";

const LABELS: Readonly<Record<Density, string>> = {
  compact: "Compact rows",
  normal: "Normal rows",
  comfortable: "Comfortable rows",
};

/** How the tables of this browser look. */
export function ViewMenu() {
  const density = useDensity();
  return (
    <MenuButton label="View">
      {(Object.keys(DENSITIES) as Density[]).map((each) => (
        <label className="menu-choice" key={each}>
          <input type="radio" name="density" checked={each === density} onChange={() => setDensity(each)} />
          {LABELS[each]}
        </label>
      ))}
    </MenuButton>
  );
}
