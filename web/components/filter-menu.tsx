import { formatThousands } from "../lib/quantity-format.ts";
import { MenuButton } from "./menu-button.tsx";

interface FilterMenuProps<Value extends string> {
  readonly label: string;
  /** Values with the number of servers that have each. */
  readonly counts: ReadonlyMap<Value, number>;
  readonly selected: readonly Value[];
  readonly onSelect: (values: readonly Value[]) => void;
}

/** Keeps the servers with any of the values that are checked; without one, all of them. */
export function FilterMenu<Value extends string>({ label, counts, selected, onSelect }: FilterMenuProps<Value>) {
  return (
    <MenuButton label={label} count={selected.length}>
      {[...counts].map(([value, count]) => (
        <label className="menu-choice" key={value}>
          <input
            type="checkbox"
            checked={selected.includes(value)}
            onChange={({ currentTarget }) =>
              onSelect(currentTarget.checked ? [...selected, value] : selected.filter((each) => each !== value))
            }
          />
          {value} <span className="num muted">{formatThousands(count)}</span>
        </label>
      ))}
    </MenuButton>
  );
}
