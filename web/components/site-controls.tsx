import { FilterMenu } from "./filter-menu.tsx";

interface SiteControlsProps {
  /** Sites with the number of what is listed in each; with one site nothing is shown. */
  readonly counts: ReadonlyMap<string, number>;
  readonly selected: readonly string[];
  readonly onSelect: (sites: readonly string[]) => void;
  readonly isGrouped: boolean;
  readonly onGroup: (isGrouped: boolean) => void;
}

/** Filter and grouping of a list by site. */
export function SiteControls({ counts, selected, onSelect, isGrouped, onGroup }: SiteControlsProps) {
  if (counts.size < 2) return null;
  return (
    <>
      <FilterMenu label="Site" counts={counts} selected={selected} onSelect={onSelect} />
      <button
        type="button"
        className="button filter-toggle"
        aria-pressed={isGrouped}
        onClick={() => onGroup(!isGrouped)}
      >
        Group by site
      </button>
    </>
  );
}
